package score

import (
	"strconv"
	"strings"
)

// maxDigits bounds a number, in bytes: a float64 has 17 digits.
const maxDigits = 32

// parseConfidence reads "0.85", "85 %" or "8/10", with a full stop after it or not.
func parseConfidence(text string) (confidence float64, kind Kind, reason Reason) {
	text = strings.Trim(text, emphasis)
	text = strings.TrimRight(strings.TrimSuffix(text, "."), emphasis)
	number, rest, reason := parseNumber(text)
	if reason != "" {
		return 0, None, reason
	}
	limit := 1.0
	kind = Tag
	rest = strings.TrimLeft(rest, " \t")
	switch {
	case rest == "":
	case rest == "%":
		kind, limit = Percent, 100
	case rest[0] == '/':
		kind = Fraction
		limit, rest, reason = parseNumber(strings.TrimLeft(rest[1:], " \t"))
		if reason == "" && rest != "" {
			reason = NotANumber
		}
	default:
		reason = NotANumber
	}
	switch {
	case reason != "":
		return 0, None, reason
	case limit == 0 || number > limit:
		return 0, None, OutOfRange
	}
	return number / limit, kind, ""
}

// parseList reads "[1, 0.5]" with exactly n numbers in [0, 1].
func parseList(text string, n int) ([]float64, Reason) {
	text = strings.Trim(text, emphasis)
	if !strings.HasPrefix(text, "[") {
		return nil, NotAList
	}
	text = strings.TrimLeft(text[1:], blanks)
	if text == "]" {
		return nil, ListLength
	}
	list := make([]float64, 0, n)
	for {
		number, rest, reason := parseNumber(text)
		switch {
		case reason == NotANumber:
			return nil, NotAList
		case reason != "":
			return nil, reason
		case number > 1:
			return nil, OutOfRange
		}
		list = append(list, number)
		rest = strings.TrimLeft(rest, blanks)
		switch {
		case rest == "]" && len(list) == n:
			return list, ""
		case rest == "]":
			return nil, ListLength
		case !strings.HasPrefix(rest, ","):
			return nil, NotAList
		case len(list) == n:
			return nil, ListLength
		}
		text = strings.TrimLeft(rest[1:], blanks)
	}
}

// parseNumber reads ASCII decimals ("1", "0.5", ".5") at the beginning of text. A number below 0 is
// out of range, whatever it is for.
func parseNumber(text string) (number float64, rest string, reason Reason) {
	digits, negative := strings.CutPrefix(text, "-")
	end, points, figures := 0, 0, 0
	for end < len(digits) && end <= maxDigits {
		c := digits[end]
		if c == '.' {
			points++
		} else if c < '0' || c > '9' {
			break
		} else {
			figures++
		}
		end++
	}
	switch {
	case end > maxDigits:
		return 0, "", LongNumber
	case figures == 0 || points > 1 || digits[end-1] == '.':
		return 0, "", NotANumber
	case negative:
		return 0, "", OutOfRange
	}
	number, err := strconv.ParseFloat(digits[:end], 64)
	if err != nil {
		return 0, "", NotANumber
	}
	return number, digits[end:], ""
}
