package embedded

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Whatever the tokens, the text is what comes before the first stop string, and holds none.
func TestStopStringsEndTheText(t *testing.T) {
	b := openBytes(t, newTiny(rand.New(rand.NewPCG(1, 0)), tinyShape(), false).file(t), Config{})
	defer closeBackend(t, b)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab\u00e9\n")), 0, 40, -1).Draw(t, "text")
		stops := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("ab\u00e9\n")), 0, 4, -1), 0, 3).Draw(t, "stops")
		a := newAnswer(b.tokenizer, stops)
		for _, token := range b.tokenizer.Encode(text, false) {
			if _, stopped := a.add(token); stopped {
				break
			}
		}
		got := a.end()
		if !strings.HasPrefix(text, got) {
			t.Errorf("%q is not the beginning of %q", got, text)
		}
		found := false
		for _, stop := range stops {
			if stop == "" {
				continue
			}
			found = found || strings.Contains(text, stop)
			if strings.Contains(got, stop) {
				t.Errorf("%q holds the stop string %q", got, stop)
			}
			if strings.HasPrefix(text[len(got):], stop) {
				found = true
			}
		}
		if !found && got != text {
			t.Errorf("nothing stops %q, but the text is %q", text, got)
		}
		if !utf8.ValidString(got) {
			t.Errorf("%q is not valid UTF-8", got)
		}
	})
}
