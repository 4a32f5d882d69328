package verify

import (
	"math/big"
	"testing"
)

// seeds are texts of every form and many tricks.
var seeds = []string{
	"", "72", `So \boxed{72}.`, `\boxed{\boxed{1}} or \boxed{2`, "#### 72", "#### Step 1\n", "<answer>1 1/2</answer>", "<answer>", "The answer is 3.5. No.",
	"**Final Answer**\n\n$$\n72\n$$", "Answer:\n1. First\n2. Then 5", `\frac{1}{2}`, `1\frac12`, "½", "1,234,567.89", "−5 %", "1e300", "1e999999999", "1.5 × 10^{-3}",
	"10:30", "1/0", "1/2/3", "5x", "5 or 6", "<<5*3=15>>15", "<think>", "</think>B", "(B) Paris or (C)", "Option b.", "I don’t know", "x = 5 or x = 6", "\xff\xc2½", "2 million",
}

func fuzzVerifier(f *testing.F, name string, golds ...string) {
	v, err := New(name)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range seeds {
		for _, gold := range golds {
			f.Add(seed, gold)
		}
	}
	f.Fuzz(func(t *testing.T, text, gold string) { consistent(t, v, text, gold) })
}

func FuzzNumber(f *testing.F)  { fuzzVerifier(f, "number", "72", "1/2", "") }
func FuzzChoice(f *testing.F)  { fuzzVerifier(f, "choice", "B", "") }
func FuzzExact(f *testing.F)   { fuzzVerifier(f, "exact", "Paris", "unknown", "") }
func FuzzPattern(f *testing.F) { fuzzVerifier(f, `regex:(\d+)|is (\S+)`, "72", "") }

// What the parser of numbers makes of a text that math/big can read as well is the same number.
func FuzzNumeral(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for at := 0; ; {
			n, ok := nextNumeral(text, at)
			if !ok {
				return
			}
			if n.start < at || n.end <= n.start || n.end > len(text) {
				t.Fatalf("%q from %d: %+v", text, at, n)
			}
			if len(n.value) > 2*maxDigits+2 {
				t.Fatalf("%q becomes %d digits", text, len(n.value))
			}
			if n.value != "" && len(n.value) < 40 {
				value, ok := new(big.Rat).SetString(n.value)
				if !ok || rational(value) != n.value {
					t.Fatalf("%q has the form %q, which is no normal form", text[n.start:n.end], n.value)
				}
			}
			at = n.end
		}
	})
}

func FuzzMath(f *testing.F) {
	v := maths{}
	for _, class := range same {
		for _, text := range class {
			f.Add(text, class[0])
		}
	}
	for _, seed := range seeds {
		f.Add(seed, "72")
	}
	f.Fuzz(func(t *testing.T, text, gold string) {
		consistent(t, v, text, gold)
		consistent(t, v, `\boxed{`+text+"}", gold)
	})
}
