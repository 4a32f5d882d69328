package imagine

import (
	"strings"
	"unicode/utf8"
)

// Why a draft became no problem. Reports count by these words.
const (
	truncated  = "truncated"  // the token limit was reached
	unreadable = "unreadable" // not one text between <problem> and </problem>
	tooLong    = "too_long"   // longer than longestText
	markup     = "markup"     // it holds a chat template's marks, which could end the user's turn
	solved     = "solved"     // it tells an answer
	repeated   = "duplicate"  // nearly the same as a given problem or an earlier sibling
	illPosed   = "ill_posed"  // its solutions do not agree
	refused    = "error"      // the server refused a call for good
)

// longestText bounds a problem's text, in bytes.
const longestText = 4000

const opening, closing = "<problem>", "</problem>"

// read takes the problem out of a reply: the text between the only opening and the only closing mark.
// What stands around them is not looked at. A reply that does not hold a problem gets the reason.
func read(reply string) (text, reason string) {
	if _, after, thought := strings.Cut(reply, "</think>"); thought {
		reply = after
	}
	_, rest, opened := strings.Cut(reply, opening)
	text, after, closed := strings.Cut(rest, closing)
	text = strings.TrimSpace(text)
	switch {
	case !opened || !closed || text == "" || !utf8.ValidString(text):
		return "", unreadable
	case strings.Contains(text, opening) || strings.Contains(after, opening) || strings.Contains(after, closing):
		return "", unreadable
	case len(text) > longestText:
		return "", tooLong
	case containsAny(text, "<|", "|>", "<s>", "</s>", "[INST]", "[/INST]", "<start_of_turn>", "<end_of_turn>", "<think>", "</think>"):
		return "", markup
	case containsAny(strings.ToLower(text), "the answer is", "answer:", "####", `\boxed`):
		return "", solved
	}
	return text, ""
}

func containsAny(text string, marks ...string) bool {
	for _, mark := range marks {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return false
}
