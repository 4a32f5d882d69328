package verify

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
)

// all is a verifier of every kind.
func all(t interface{ Fatal(...any) }) []Verifier {
	var vs []Verifier
	for _, name := range Names() {
		v, err := New(strings.Replace(name, "PATTERN", `answer (?:is )?(\S+)`, 1))
		if err != nil {
			t.Fatal(err)
		}
		vs = append(vs, v)
	}
	return vs
}

func TestNewSaysWhatExists(t *testing.T) {
	_, err := New("maths")
	var failure *feedbackgen.Failure
	if !errors.As(err, &failure) || !strings.Contains(err.Error(), `"maths"`) || !strings.Contains(failure.Hint, "choice, exact, math, number, regex:PATTERN") {
		t.Fatalf("%v", err)
	}
}

func TestNamesMakeTheirVerifiers(t *testing.T) {
	for _, name := range []string{"exact", "number", "choice", "regex:a+"} {
		v, err := New(name)
		if err != nil || v.Name() != name {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
}

func TestAutoGoesByTheKnownAnswer(t *testing.T) {
	for gold, want := range map[string]string{
		"": "number", "72": "number", "-3.5": "number", "$1,200": "number", "25%": "number", "3/4": "number",
		"1 1/2": "number", `\frac{1}{2}`: "number", "1e6": "number", "(72)": "number", "**72**": "number",
		"B": "choice", "(b)": "choice", "J": "choice",
		`2\sqrt{2}`: "math", "x^2+1": "math", `\frac{\pi}{3}`: "math", `\left[1,\infty\right)`: "math", `x = \pm 2`: "math",
		`\text{Paris}`: "exact", `\foo`: "exact", "K": "exact", "Paris": "exact", "12 Angry Men": "exact", "1 or 2": "exact", "x": "exact", "10:30": "exact",
	} {
		v := Auto(gold)
		if v.Name() != want {
			t.Errorf("%q: %s, want %s", gold, v.Name(), want)
		}
		if err := v.CheckGold(gold); gold != "" && err != nil {
			t.Errorf("auto chose a verifier that refuses the answer: %v", err)
		}
	}
}

func TestAnswersThatCannotBeMatchedAreRefusedWithAHint(t *testing.T) {
	for _, c := range []struct{ verifier, gold, want string }{
		{"number", "blue", "name another verifier"},
		{"number", "1 or 2", "one number"},
		{"number", "", "one number"},
		{"number", strings.Repeat("1", 2000), "one number"},
		{"choice", "Paris", "letter"},
		{"choice", "A or B", "letter"},
		{"choice", "B because", "letter"},
		{"exact", `"..."`, "words"},
		{"exact", strings.Repeat("long ", 1000), "1024 bytes"},
		{"regex:a", "!", "words"},
	} {
		v, err := New(c.verifier)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.CheckGold(c.gold); err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 400 {
			t.Errorf("%s, %.20q: %v", c.verifier, c.gold, err)
		}
	}
}

func TestTruncatedIsInvalidWhateverItSays(t *testing.T) {
	for _, v := range all(t) {
		if got := v.Verify(`The answer is B. \boxed{B}`, true, "B"); got.Outcome != feedbackgen.Invalid || got.Reason != ReasonTruncated || got.Answer != "" {
			t.Errorf("%s: %+v", v.Name(), got)
		}
	}
}

// Texts are answers, decorations and noise in any order, so that equal ones and near misses occur.
func texts() *rapid.Generator[string] {
	parts := []string{
		"5", "5.0", "10/2", "1/3", "0.333", "-5", "1,000", "1e3", "½", "A", "b", "(B)", "Paris", "paris", "unknown", "or", "not", "and",
		" ", "\n", ".", ",", "$", "%", "**", "_", "`", "\"", "{", "}", "(", ")", "=", "-", "/", "####", `\boxed{`, `\text{`, `\frac`, `\`,
		"<answer>", "</answer>", "<think>", "</think>", "The answer is ", "Answer:", "x", "step 1", "\u00a0", "\xff", "İ", "²",
	}
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 9).Draw(t, "any") == 0 {
			return rapid.String().Draw(t, "text")
		}
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 8).Draw(t, "parts"), "")
	})
}

func TestEqualIsAnEquivalence(t *testing.T) {
	verifiers := all(t)
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SampledFrom(verifiers).Draw(t, "verifier")
		a, b, c := texts().Draw(t, "a"), texts().Draw(t, "b"), texts().Draw(t, "c")
		if !v.Equal(a, a) {
			t.Fatalf("%s: %q is not equal to itself", v.Name(), a)
		}
		if v.Equal(a, b) != v.Equal(b, a) {
			t.Fatalf("%s: %q and %q are equal one way only", v.Name(), a, b)
		}
		if v.Equal(a, b) && v.Equal(b, c) && !v.Equal(a, c) {
			t.Fatalf("%s: %q = %q = %q, but the first is not the last", v.Name(), a, b, c)
		}
	})
}

// What Extract, Verify and Equal say of any text fits together.
func consistent(t interface{ Fatalf(string, ...any) }, v Verifier, text, gold string) {
	answer, ok := v.Extract(text)
	got := v.Verify(text, false, gold)
	if v.CheckGold(gold) != nil {
		if got.Outcome != feedbackgen.Invalid {
			t.Fatalf("%s judges %q by %q, which cannot be matched: %+v", v.Name(), text, gold, got)
		}
	} else if ok != got.Outcome.IsLabel() && got.Outcome != feedbackgen.Pass {
		t.Fatalf("%s extracts %q, %v from %q, and judges %+v", v.Name(), answer, ok, text, got)
	}
	if (got.Outcome == feedbackgen.Invalid) != (got.Reason != "") {
		t.Fatalf("%s on %q: %+v", v.Name(), text, got)
	}
	if got.Outcome == feedbackgen.Pass && gold != "" && !v.Equal(got.Answer, gold) {
		t.Fatalf("%s passes %q for %q, which is not equal to %q", v.Name(), text, gold, got.Answer)
	}
	if !ok {
		return
	}
	if answer == "" {
		t.Fatalf("%s extracts nothing from %q and calls it an answer", v.Name(), text)
	}
	if v.CheckGold(answer) != nil || v.Verify(text, false, answer).Outcome != feedbackgen.Pass {
		t.Fatalf("%s: the answer %q to %q does not pass as gold", v.Name(), answer, text)
	}
	if again, _ := New(v.Name()); !again.Equal(answer, answer) {
		t.Fatalf("%s: %q", v.Name(), answer)
	}
	// Normal forms: equal answers are the same string.
	if boxed, ok := v.Extract(`\boxed{` + answer + "}"); v.Name() != "exact" && !strings.HasPrefix(v.Name(), "regex:") && (!ok || boxed != answer) {
		t.Fatalf("%s: the normal form %q reads as %q", v.Name(), answer, boxed)
	}
}

func TestExtractVerifyAndEqualAgree(t *testing.T) {
	verifiers := all(t)
	rapid.Check(t, func(t *rapid.T) {
		consistent(t, rapid.SampledFrom(verifiers).Draw(t, "verifier"), texts().Draw(t, "text"), texts().Draw(t, "gold"))
	})
}

// A text of any size and shape costs time in proportion to its size.
func TestHostileTextCostsLinearTime(t *testing.T) {
	for _, unit := range []string{
		"a", "5", " ", "\n", `\boxed`, `\boxed{`, `\boxed{}`, `\boxed{1}`, "#", "#### ", "#### 1 ", "####\n", "<", "<answer>", "</answer>", "<answer></answer>",
		"answer", "answer ", "answer:", "answer:\n", "answer is ", "The answer is not ", "wrong answer: ", "answer\n", "Answer to ", "NSWER nswer ",
		"x2 ", "1/", "1,", "1.2.3 ", "½", "½ ", "\xc2", "step 1 ", "=", "- ", "<think>", "</think>", "(A) or ", "b\n", "1e9", `\frac`, "{", "cannot ",
	} {
		text := strings.Repeat(unit, (2<<20)/len(unit))
		for _, v := range all(t) {
			start := time.Now()
			v.Verify(text, false, "1")
			v.Verify(text+"\n", false, "B")
			// A quadratic search of 1 MiB would take minutes.
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%s takes %v for 2 MiB of %q", v.Name(), took, unit)
			}
		}
	}
}

func TestOnlyTheEndOfALongTextIsLookedAt(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{strings.Repeat("é ", maxText) + "The answer is 5.", true},
		{"The answer is 5." + strings.Repeat("é ", maxText), false},
		{strings.Repeat("5", maxText-10) + " is 72", true},
		{strings.Repeat("5", maxText-10), false},
	} {
		if _, ok := (number{}).Extract(c.text); ok != c.want {
			t.Errorf("%.30q...: %v", c.text, ok)
		}
	}
}
