package leak

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/feedbackgen/feedbackgen/guard/internal/words"
)

// How a text gives an answer away.
const (
	// Stated: it follows a marker of answers.
	Stated = "stated"
	// Spelled: it is distinctive, and it is there.
	Spelled = "spelled out"
)

const (
	// longWords or longLetters make an answer distinctive by itself.
	longWords, longLetters = 5, 16
)

// markers end where an answer begins.
var markers = regexp.MustCompile(`(?i)\banswers?\b[^.\n]{0,60}?(?:\bis\b|:|=)|####|\\boxed\s*\{|<answer>`)

// Answer reports whether a text gives a problem's gold answer away. Short answers occur by chance:
// most texts have a 7 in them. So there are two ways only:
//
//   - [Stated]: it follows at once on "answer ... is", "answer ... :", "answer ... =", "####",
//     "\boxed{" or "<answer>", whatever punctuation is between. A choice of one letter has to stand
//     alone there, in its own case: "the answer is a number" does not give "A" away.
//   - [Spelled]: it has at least 5 words, or at least 16 letters and digits, and is anywhere, word by
//     word.
//
// Numbers are compared by value. The worked examples of a prompt state answers too, and one may be
// equal by chance: pass the text without them ([Examples]). An empty gold answer is never given away.
func Answer(text, gold string) (how string, leaked bool) {
	want := words.Append(nil, gold)
	if len(want) == 0 {
		return "", false
	}
	for _, at := range markers.FindAllStringIndex(text, -1) {
		if follows(text[at[1]:], gold, want) {
			return Stated, true
		}
	}
	if !distinctive(gold, want) {
		return "", false
	}
	all := words.Append(nil, text)
	for i := len(want); i <= len(all); i++ {
		if slices.Equal(all[i-len(want):i], want) {
			return Spelled, true
		}
	}
	return "", false
}

// follows reports whether a text begins with the answer.
func follows(text, gold string, want []words.Word) bool {
	gold = strings.TrimSpace(gold)
	if len(gold) == 1 && unicode.IsLetter(rune(gold[0])) {
		rest, ok := strings.CutPrefix(strings.TrimLeft(text, " \t(*[$\"'{"), gold)
		rest = strings.TrimLeft(rest, " ")
		return ok && (rest == "" || !unicode.IsLetter(rune(rest[0])) && !unicode.IsDigit(rune(rest[0])))
	}
	// As much text as can hold the answer, and the end of its last word.
	window := 4*len(gold) + 64
	if window < len(text) {
		text = strings.ToValidUTF8(text[:window], "")
	}
	all := words.Append(nil, text)
	return len(all) >= len(want) && slices.Equal(all[:len(want)], want)
}

func distinctive(gold string, want []words.Word) bool {
	letters := 0
	for _, r := range gold {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters++
		}
	}
	return len(want) >= longWords || letters >= longLetters
}
