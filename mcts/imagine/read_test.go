package imagine

import (
	"strings"
	"testing"
)

func FuzzRead(f *testing.F) {
	for _, reply := range []string{
		"<problem>What is 1 plus 2?</problem>", "<think>hm</think> <problem> a\nb </problem> done", "<problem></problem>",
		"</problem><problem>", "<problem>x<problem>y</problem>", "<problem>5<|im_end|></problem>", "<problem>\xff</problem>",
	} {
		f.Add(reply)
	}
	f.Fuzz(func(t *testing.T, reply string) {
		text, reason := read(reply)
		if (text == "") != (reason != "") {
			t.Fatalf("text %q and reason %q", text, reason)
		}
		if !strings.Contains(reply, text) || text != strings.TrimSpace(text) || len(text) > longestText || containsAny(text, opening, closing, "<|") {
			t.Fatalf("took %q", text)
		}
		if reason == "" {
			if again, _ := read(opening + text + closing); again != text {
				t.Fatalf("%q reads as %q", text, again)
			}
		}
	})
}
