package score

import (
	"slices"
	"strings"
	"unicode"
)

// disguised reports whether a text reads otherwise to a person than to the parser: with hidden
// characters left out, full-width ones taken for ASCII, and every kind of line break broken at, it
// would state something else.
func disguised(text string, names []string, found statements) bool {
	if !strings.ContainsFunc(text, isDisguise) {
		return false
	}
	plain := readStatements(strings.Map(undisguise, text), names)
	return plain.reason != "" || plain.kind != found.kind || !agree(plain.confidence, found.confidence) ||
		(plain.rewards == nil) != (found.rewards == nil) || !slices.EqualFunc(plain.rewards, found.rewards, agree)
}

func isDisguise(r rune) bool { return undisguise(r) != r }

// undisguise is what a person sees of a character, -1 for nothing: direction marks, joiners, variation
// selectors and control characters are not seen.
func undisguise(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case ' ' <= r && r < 0x7F:
		return r
	case 0xC0 <= r && r < 0x300, 0x370 <= r && r < 0x600, 0x3165 <= r && r < 0xD800:
		return r // letters, in most texts nearly all of them: nothing below applies
	case r == '\r' || r == '\v' || r == '\f' || r == 0x85 || r == 0x2028 || r == 0x2029:
		return '\n'
	case 0xFF01 <= r && r <= 0xFF5E:
		return r - 0xFF01 + '!'
	case r < 0x80 || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
		return -1
	case unicode.Is(unicode.Zs, r):
		return ' '
	}
	return r
}
