package verify

import (
	"strings"
	"testing"
)

// BenchmarkVerify judges completions of 2 KB, as the pipeline does once a reply.
func BenchmarkVerify(b *testing.B) {
	prose := strings.Repeat("Then she sold half as many clips, 48 / 2 = 24, to her friends in May.\n", 28)
	for _, c := range []struct{ name, verifier, completion, gold string }{
		{"number/boxed", "number", prose + `So it is \boxed{72}.`, "72"},
		{"number/heading", "number", prose + "#### 72", "72"},
		{"number/phrase", "number", prose + "The final answer is **72** clips.", "72"},
		{"number/last", "number", prose + "So she sold 48 + 24 = 72 clips.", "72"},
		{"number/none", "number", strings.Repeat("she sold clips and ", 110), "72"},
		{"math/boxed", "math", prose + `So it is \boxed{\frac{1}{2}}.`, "0.5"},
		{"math/root", "math", prose + `So it is \boxed{2\sqrt{2}}.`, `\sqrt{8}`},
		{"math/polynomial", "math", prose + `So it is \boxed{(x+1)^2}.`, "x^2+2x+1"},
		{"math/sampled", "math", prose + `So it is \boxed{\sin^2 x}.`, `1-\cos^2 x`},
		{"choice/phrase", "choice", prose + "The answer is (B).", "B"},
		{"exact/phrase", "exact", prose + "The answer is Paris.", "Paris"},
		{"regex", `regex:total (\d+)`, prose + "total 72", "72"},
	} {
		v, err := New(c.verifier)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.Verify(c.completion, false, c.gold)
			}
		})
	}
}
