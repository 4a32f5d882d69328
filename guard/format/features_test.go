package format

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLineKinds(t *testing.T) {
	for _, tt := range []struct {
		want  lineKind
		lines []string
	}{
		{lineProse, []string{"She buys three apples.", "We have 3 + 4 = 7 apples", "She pays $5 and $6.", "if you like, stop here.", "\u9996\u5148\u5979\u6709\u82f9\u679c", "I have 3. Then more", "a - b is what is left"}},
		{lineEquation, []string{"12+5=17", "12 + 5 -> 17", "total = 3 * 4", "x \u2192 7", "3 \u00d7 4 = 12"}},
		{lineLabel, []string{"Step 1: add", "**Step 2:** take away", "Case 3. otherwise", "Schritt 4) weiter", "Step 1:", "_Step 1:_ x"}},
		{lineNumber, []string{"1. add", "12) take", "(3) stop"}},
		{lineBullet, []string{"- add", "* take", "+ more", "\u2022 dot", "\u2013 dash"}},
		{lineHeading, []string{"## Solution", "###### six", "**Solution**", "# Step 1: counting"}},
		{lineTable, []string{"| a | b |", "|---|---|"}},
		{lineCode, []string{"def f(x):", "return x + 1", "int x = 3;", "    total = 5", "\ttotal = 5", "}", `{"a": 1}`, "for x in y:"}},
		{lineMath, []string{"$$x = 1$$", `\[ x = 1 \]`, `\begin{align}`}},
		{lineTag, []string{"<think>", "</think>", `<a href="b">text</a>`}},
		{lineOther, []string{"42", "?!", "x", "\xff\xfe", "12 + 5", "42 plus 5"}},
	} {
		for _, line := range tt.lines {
			f := Measure(line)
			if f.lines[tt.want] != 1 {
				t.Errorf("%q: %v, want %s", line, f.lines, lineNames()[tt.want])
			}
		}
	}
}

func TestFencesHoldCode(t *testing.T) {
	f := Measure("Look:\n```python\nShe is no prose here.\n```\nThat was it.")
	if got := f.lines[lineCode]; got != 3./5 {
		t.Errorf("%v of the lines are code, want 3 of 5", got)
	}
	if cut := Measure("```\nShe is\nno prose"); cut.lines[lineCode] != 1 {
		t.Error("a fence that is cut off does not hold code")
	}
}

func TestMarks(t *testing.T) {
	for _, tt := range []struct {
		mark    mark
		yes, no []string
	}{
		{markRelation, []string{"so 3+4=7"}, []string{"a = b", "3 4"}},
		{markArrow, []string{"1 -> 2", "1 => 2", "1 \u2192 2"}, []string{"1 - > 2", "a < b"}},
		{markLatex, []string{"so $x$", `so \frac12`, `so \(x\)`}, []string{"$5 and $6", "5$", `C:\ x`, "$ x $"}},
		{markTag, []string{"see <b>this</b>", "x <llm-code>"}, []string{"1 < 2 > 0", "a <b", "<3"}},
		{markEmphasis, []string{"so **this** is"}, []string{"3 * 4"}},
		{markSentence, []string{"It is.", "It is!**", "Is it?\"", "\u662f\u3002"}, []string{"It is", "It is:"}},
	} {
		for _, text := range tt.yes {
			if f := Measure(text); f.marks[tt.mark] != 1 {
				t.Errorf("%q holds no %s", text, markNames()[tt.mark])
			}
		}
		for _, text := range tt.no {
			if f := Measure(text); f.marks[tt.mark] != 0 {
				t.Errorf("%q holds %s", text, markNames()[tt.mark])
			}
		}
	}
}

func TestAnswerStyles(t *testing.T) {
	for text, want := range map[string]answerStyle{
		"The answer is 14.":                   answerSentence,
		"So the answer is 3":                  answerSentence,
		"Answer: 3":                           answerLabel,
		"**Final Answer:** 3":                 answerLabel,
		"**Answer**: 3":                       answerLabel,
		"\u7b54\u6848\u662f3":                 answerLabel,
		`Thus \boxed{3}`:                      answerBoxed,
		"#### 72":                             answerHashes,
		"<answer>3</answer>":                  answerTag,
		"</answer>":                           answerTag,
		"I can answer: it is long to explain": answerNone,
		"nswer is":                            answerNone,
		"That answers it.":                    answerNone,
		"##### five":                          answerNone,
	} {
		if got := Measure(text).answer; got != want {
			t.Errorf("%q: %q, want %q", text, answerNames()[got], answerNames()[want])
		}
	}
	// A short answer line is no body, a whole solution in one line is.
	if f := Measure("3 + 4 = 7\nThe answer is 7."); f.lines[lineEquation] != 1 {
		t.Errorf("the answer's line is part of the body: %v", f.lines)
	}
	if f := Measure(strings.Repeat("we add some more, ", 5) + `which makes \boxed{7}.`); f.lines[lineProse] != 1 {
		t.Errorf("a solution in one line has no body: %v", f.lines)
	}
}

func TestScripts(t *testing.T) {
	for text, want := range map[string]script{
		"plain": scriptLatin, "\u00e9t\u00e9": scriptLatin, "\u03b1\u03b2": scriptGreek, "\u0430\u0431": scriptCyrillic,
		"\u05d0\u05d1": scriptHebrew, "\u0627\u0628": scriptArabic, "\u0905\u0906": scriptIndic, "\u0e01\u0e02": scriptThai,
		"\u6c49\u5b57": scriptHan, "\u3042\u3044": scriptKana, "\uac00\uac01": scriptHangul, "\u10d0\u10d1": scriptOther,
	} {
		if f := Measure(text); f.scripts[want] != 1 {
			t.Errorf("%q: %v, want %s", text, f.scripts, scriptNames()[want])
		}
	}
}

func TestNamesAreAsManyAsFeatures(t *testing.T) {
	for _, tt := range []struct{ got, want int }{
		{len(lineNames()), int(lineKinds)}, {len(markNames()), int(marks)}, {len(scriptNames()), int(scripts)}, {len(answerNames()), int(answerStyles)},
	} {
		if tt.got != tt.want {
			t.Errorf("%d names for %d features", tt.got, tt.want)
		}
	}
}

func checkFeatures(t interface {
	Helper()
	Fatalf(string, ...any)
}, text string,
) {
	t.Helper()
	f := Measure(text)
	sum := float32(0)
	for _, v := range f.lines {
		sum += v
	}
	if sum < 0.999 || sum > 1.001 {
		t.Fatalf("%q: the kinds of lines sum to %v", text, sum)
	}
	letters := float32(0)
	for _, v := range f.scripts {
		letters += v
	}
	if letters != 0 && (letters < 0.999 || letters > 1.001) {
		t.Fatalf("%q: the scripts sum to %v", text, letters)
	}
	for _, list := range [][]float32{f.lines[:], f.marks[:], f.scripts[:], {f.density}} {
		for _, v := range list {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("%q: a share is %v", text, v)
			}
		}
	}
	p := f.point()
	if d := distance(&p, &p); d != 0 {
		t.Fatalf("%q is at a distance of %v from itself", text, d)
	}
}

func FuzzMeasure(f *testing.F) {
	for _, seed := range []string{"", "\n\n", "Step 1: 2 + 3 -> 5\nThe answer is 5.", "```\n$x$ <a>", "| a |\n**b**\n#### 3", "\xff\u3002\u6c49 = 3", "$$$$", "#", "**", "(1", "</", "-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { checkFeatures(t, text) })
}

// Texts as odd as the alphabet of the rules makes them.
func TestSharesAreShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkFeatures(t, rapid.StringOf(rapid.SampledFrom([]rune("a1 .:\n\n#*-<>/$\\=|`(){}\u6c49\u3002\u2192"))).Draw(t, "text"))
	})
}

// The distance is symmetric, and the way past a third text is no shorter, where nothing is missing.
func TestDistanceIsAMetricWhereNothingIsMissing(t *testing.T) {
	line := rapid.SampledFrom([]string{"She adds five.", "2+3=5", "- so **it** is", "Step 1: go", "$x$ is 5", "1. \u6c49\u5b57"})
	text := rapid.Custom(func(t *rapid.T) point {
		f := Measure(strings.Join(rapid.SliceOfN(line, 1, 8).Draw(t, "lines"), "\n") + "\nThe answer is 5.")
		return f.point()
	})
	rapid.Check(t, func(t *rapid.T) {
		p, q, r := text.Draw(t, "p"), text.Draw(t, "q"), text.Draw(t, "r")
		if distance(&p, &q) != distance(&q, &p) {
			t.Fatal("the way back is another")
		}
		if distance(&p, &r) > distance(&p, &q)+distance(&q, &r)+1e-9 {
			t.Fatal("a detour is shorter")
		}
	})
}

func TestMeasureAllocatesNothing(t *testing.T) {
	text := strings.Repeat("**Step 1:** she has $3 \u2192 \u6c49 so 3 + 4 = 7.\n", 10)
	if n := testing.AllocsPerRun(100, func() { Measure(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// The bound is 5 microseconds a text of 300 bytes: 200,000 texts a second on one core.
func BenchmarkClassify(b *testing.B) {
	text := strings.Repeat("First, 77 and 37 together are 114.\nStep 2: 104 / 3 -> 38\nThen she **buys** 3 more for $5 each, so 3 * 5 = 15.\n", 3)[:300]
	m, err := Fit([]Features{Measure(text), Measure("2+3=5"), Measure("She adds five."), Measure("| a | b |")}, Default())
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		m.Classify(Measure(text))
	}
}

func BenchmarkFit(b *testing.B) {
	texts := make([]Features, 3000)
	for i := range texts {
		// All signatures differ, which is the most work.
		texts[i] = Measure(strings.Repeat("She adds five.\n", i%61) + strings.Repeat("2 + 3 = 5\n", i%53) + strings.Repeat("- so\n", i%7) + "x")
	}
	for b.Loop() {
		if _, err := Fit(texts, Default()); err != nil {
			b.Fatal(err)
		}
	}
}
