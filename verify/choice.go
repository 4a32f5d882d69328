package verify

import (
	"strings"
)

// choice compares the letters, A to J, of options.
//
// It reads "B", "b", "(B)", "B)", "B.", "B: Paris", "(B) Paris", "Option B", "B because ...", with
// Markdown or LaTeX around. "A dog" and "I think" are no letters. An unmarked completion counts if
// its last line is a letter and nothing else, or if it is one line that begins with a letter set
// off by punctuation. The normal form is one capital letter.
type choice struct{}

var _ Verifier = choice{}

// Name is "choice".
func (choice) Name() string { return "choice" }

// Verify judges a completion.
func (c choice) Verify(completion string, truncated bool, gold string) Verdict {
	return judge(c, completion, truncated, gold)
}

// Extract returns the letter that a completion chooses.
func (c choice) Extract(completion string) (string, bool) {
	answer, reason := c.find(completion)
	return answer, reason == ""
}

// Equal reports whether two texts choose the same letter.
func (c choice) Equal(a, b string) bool { return c.key(a) == c.key(b) }

// CheckGold refuses what is not a single letter from A to J.
func (c choice) CheckGold(gold string) error {
	_, err := c.known(gold)
	return err
}

func (c choice) find(completion string) (string, string) { return extract(c, completion) }

func (choice) known(gold string) (string, error) {
	if len(gold) <= maxSlot {
		if p, reason := pick(gold); reason == "" && p.rest == "" {
			return p.letter, nil
		}
	}
	return "", badGold("choice", gold, "not a letter from A to J",
		`write the right option's letter, such as B, or name another verifier for this problem: "exact" compares text`)
}

// key is the normal form, or for what has none a form that no letter has.
func (c choice) key(text string) string {
	if len(text) <= maxSlot {
		if answer, reason := c.read(text); reason == "" {
			return answer
		}
	}
	return "\x00" + text
}

func (choice) read(text string) (answer, reason string) {
	p, reason := pick(text)
	return p.letter, reason
}

func (choice) bare(line string) bool {
	p, reason := pick(line)
	return reason == "" && p.rest == ""
}

func (c choice) unmarked(text string) (answer, reason string) {
	line, only := lastLine(text)
	if line == "" {
		return "", ReasonNone
	}
	if len(line) > maxSlot {
		return "", ReasonNone
	}
	p, reason := pick(line)
	switch {
	case reason == "" && (p.rest == "" || only && p.setOff):
		return p.letter, ""
	case reason == ReasonDeclined || reason == ReasonHedged && only:
		return "", reason
	}
	return "", ReasonNone
}

// picked is an option as it is named in a text.
type picked struct {
	letter string
	// rest is what follows, such as the option's text.
	rest string
	// setOff says that punctuation sets the letter off from the rest.
	setOff bool
}

const around = " \t\r\n*_`\"'$;,.:!?{}" + thin

// pick reads the option that a text begins with.
func pick(text string) (picked, string) {
	text = strings.Trim(plain(text), around)
	if declines(text) {
		return picked{}, ReasonDeclined
	}
	for _, word := range [...]string{"option", "choice", "letter", "answer"} {
		if hasFold(text, word) && len(text) > len(word) && strings.IndexByte(" :*(", text[len(word)]) >= 0 {
			text = strings.TrimLeft(text[len(word):], around)
		}
	}
	p, ok := leadingLetter(text)
	switch {
	case !ok:
		return picked{}, ReasonUnreadable
	case namesAnother(p):
		return picked{}, ReasonHedged
	}
	return p, ""
}

func leadingLetter(text string) (picked, bool) {
	opened := text != "" && (text[0] == '(' || text[0] == '[')
	if opened {
		text = strings.TrimLeft(text[1:], around)
	}
	if text == "" {
		return picked{}, false
	}
	letter := text[0] &^ 0x20
	if letter < 'A' || letter > 'J' {
		return picked{}, false
	}
	upper := text[0] == letter
	rest := strings.TrimLeft(text[1:], "*_`\"'}")
	emphasised := len(rest) < len(text)-1
	p := picked{letter: string(letter), rest: strings.Trim(rest, around)}
	switch {
	case opened:
		closed := strings.TrimLeft(rest, around)
		if closed == "" || closed[0] != ')' && closed[0] != ']' {
			return picked{}, false
		}
		p.rest, p.setOff = strings.Trim(closed[1:], around), true
	case rest == "":
	case rest[0] == ')' || rest[0] == ']':
		p.rest, p.setOff = strings.Trim(rest[1:], around), true
	case rest[0] == '.' || rest[0] == ':':
		if len(rest) > 1 && !isSpace(rest[1]) && rest[1] != '*' {
			return picked{}, false // an abbreviation, such as B.C.
		}
		p.setOff = true
	case rest[0] == ',' || rest[0] == ';':
		p.rest, p.setOff = strings.TrimSpace(rest), true
	case rest[0] == '/' || rest[0] == '&':
	case isSpace(rest[0]) || emphasised:
		if !emphasised && !mayGoOn(upper, letter, p.rest) {
			return picked{}, false
		}
		p.setOff = emphasised
	default:
		return picked{}, false
	}
	return p, true
}

// mayGoOn reports whether a letter and then these words name an option, rather than begin a
// sentence: "B is right" does, "a dog" and "I think" do not.
func mayGoOn(upper bool, letter byte, rest string) bool {
	first, _, _ := strings.Cut(strings.ToLower(rest), " ")
	switch first {
	case "", "or", "and", "&", "/", "-", "=", "because", "since":
		return true
	}
	return upper && letter != 'A' && letter != 'I' || rest[0] == '('
}

// namesAnother reports whether what follows an option offers a second one: "A or B", "(A), (C)",
// "(B) Paris or (C) London". Reasons for the choice may name as many as they like.
func namesAnother(p picked) bool {
	first, joined := afterJoint(p.rest)
	if joined {
		if other, ok := optionAt(first); ok && other != p.letter {
			return true
		}
	}
	words := strings.Fields(p.rest)
	for i, word := range words {
		switch strings.ToLower(strings.Trim(word, ",;")) {
		case "because", "since", "as", "is", "not":
			return false
		case "or", "and", "/", "&":
			if i+1 < len(words) && strings.IndexByte("([", words[i+1][0]) >= 0 {
				if other, ok := optionAt(strings.Join(words[i+1:], " ")); ok && other != p.letter {
					return true
				}
			}
		}
	}
	return false
}

// afterJoint cuts off what joins a second option to the first.
func afterJoint(rest string) (string, bool) {
	start := rest
	rest = strings.TrimLeft(rest, " ,;/&")
	joined := len(rest) < len(start)
	for _, word := range [...]string{"and/or ", "or ", "and "} {
		if hasFold(rest, word) {
			rest, joined = strings.TrimLeft(rest[len(word):], " "), true
		}
	}
	for _, word := range [...]string{"maybe ", "possibly ", "perhaps ", "option ", "choice "} {
		if hasFold(rest, word) {
			rest = rest[len(word):]
		}
	}
	return rest, joined
}

// optionAt reads a letter that stands for itself, in brackets or out.
func optionAt(text string) (string, bool) {
	bracketed := text != "" && (text[0] == '(' || text[0] == '[')
	if bracketed {
		text = text[1:]
	}
	text = strings.TrimLeft(text, "*_`\"'")
	if text == "" {
		return "", false
	}
	letter := text[0] &^ 0x20
	if letter < 'A' || letter > 'J' || len(text) > 1 && (isLetter(text[1]) || isDigit(text[1])) {
		return "", false
	}
	if !bracketed && len(text) > 1 && text[1] == ' ' && (letter == 'A' || letter == 'I') {
		return "", false // "or a dog"
	}
	return string(letter), true
}
