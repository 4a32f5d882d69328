package mock

import "github.com/feedbackgen/feedbackgen/backends"

// tokenEnd is where the first token of text ends: blanks and then a run of letters and digits, or
// one other byte. Newlines stand alone.
func tokenEnd(text string) int {
	i := 0
	for i < len(text) && text[i] == ' ' {
		i++
	}
	begin := i
	for i < len(text) && isWord(text[i]) {
		i++
	}
	if i == begin && i < len(text) {
		i++
	}
	return i
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

// tokensEnd is where the first limit tokens of text end, and how many there are.
func tokensEnd(text string, limit int) (end, n int) {
	for end < len(text) && n < limit {
		end += tokenEnd(text[end:])
		n++
	}
	return end, n
}

func tokenize(text string) []string {
	var tokens []string
	for len(text) > 0 {
		end := tokenEnd(text)
		tokens, text = append(tokens, text[:end]), text[end:]
	}
	return tokens
}

// promptTokens counts the prompt, with four tokens a message for what a template puts around it.
func promptTokens(req *backends.Request) int {
	total := 0
	for _, m := range req.Messages {
		_, n := tokensEnd(m.Content, len(m.Content))
		total += n + 4
	}
	_, n := tokensEnd(req.Prefix, len(req.Prefix))
	return total + n
}
