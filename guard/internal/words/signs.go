package words

func sign(c byte) Word { return Word{Hash: mix(offset ^ uint64(c)<<32), Number: true} }

// plain is the ASCII form of a sign that is not ASCII.
func plain(r rune) (c byte, ok bool) {
	switch r {
	case '×', '⋅':
		return '*', true
	case '÷':
		return '/', true
	case '−':
		return '-', true
	}
	return 0, false
}

// isSign reports whether the character at i calculates or compares, rather than punctuates.
func isSign(text string, i int) bool {
	switch c := text[i]; c {
	case '+', '^', '%':
		return true
	case '=':
		return !isRepeated(text, i)
	case '-', '*', '/', '<', '>':
		if isRepeated(text, i) {
			return false
		}
		if c == '-' && isDigitAt(text, i+1) && (i == 0 || text[i-1] == ' ' || text[i-1] == '(' || text[i-1] == '=') {
			return true
		}
		return isOperand(text, i, -1) && isOperand(text, i, +1)
	}
	return false
}

// isRepeated reports whether the character stands beside its like, such as in "**" and "---".
func isRepeated(text string, i int) bool {
	return i > 0 && text[i-1] == text[i] || i+1 < len(text) && text[i+1] == text[i]
}

// isOperand reports whether what stands before (step -1) or after (+1) the sign at i, but for
// spaces, is a number, a parenthesis, or a single letter.
func isOperand(text string, i, step int) bool {
	at := i + step
	for 0 <= at && at < len(text) && text[at] == ' ' {
		at += step
	}
	if at < 0 || at >= len(text) {
		return false
	}
	switch c := text[at]; {
	case isDigit(c), step < 0 && c == ')', step > 0 && (c == '(' || c == '$' || c == '.'):
		return true
	case letterOrDigit(c):
		next := at + step
		return next < 0 || next >= len(text) || !letterOrDigit(text[next]) && text[next] != '\''
	}
	return false
}

// numberWord is the digits of an English number word, where there are any.
func numberWord(word []byte) (digits string, ok bool) {
	if len(word) < 3 || len(word) > 9 {
		return "", false
	}
	switch string(word) {
	case "zero":
		return "0", true
	case "one":
		return "1", true
	case "two":
		return "2", true
	case "three":
		return "3", true
	case "four":
		return "4", true
	case "five":
		return "5", true
	case "six":
		return "6", true
	case "seven":
		return "7", true
	case "eight":
		return "8", true
	case "nine":
		return "9", true
	case "ten":
		return "10", true
	case "eleven":
		return "11", true
	case "twelve", "dozen":
		return "12", true
	case "thirteen":
		return "13", true
	case "fourteen":
		return "14", true
	case "fifteen":
		return "15", true
	case "sixteen":
		return "16", true
	case "seventeen":
		return "17", true
	case "eighteen":
		return "18", true
	case "nineteen":
		return "19", true
	case "twenty":
		return "20", true
	case "thirty":
		return "30", true
	case "forty":
		return "40", true
	case "fifty":
		return "50", true
	case "sixty":
		return "60", true
	case "seventy":
		return "70", true
	case "eighty":
		return "80", true
	case "ninety":
		return "90", true
	case "hundred":
		return "100", true
	case "thousand":
		return "1000", true
	case "million":
		return "1000000", true
	case "billion":
		return "1000000000", true
	case "half", "quarter", "twice", "double", "thrice", "triple":
		return string(word), true
	}
	return "", false
}
