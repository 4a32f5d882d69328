package verify

import (
	"strings"
	"testing"
	"time"

	"github.com/feedbackgen/feedbackgen"
)

// same holds spellings of one answer: every line is one answer, with its normal form first.
var same = [][]string{
	// numbers
	{"0.5", "1/2", ".5", "0.50", `\frac12`, `\frac{1}{2}`, `\dfrac{1}{2}`, `\tfrac12`, "½", "50/100", `$\frac{1}{2}$`, `\(\frac{1}{2}\)`, "2^{-1}", "5e-1", `\frac{1}{\sqrt{4}}`, `\left(\frac{1}{2}\right)`, "1/2.", "**1/2**"},
	{"10000", "10 000", "10,000", `10{,}000`, `10\,000`, "10^4", "1e4", `1\times10^{4}`, "10000.0", "$10,000", `\$10{,}000`, "10000 dollars", `10000\text{ dollars}`, "100^2", "1 × 10^4", "1 x 10^4", "1x10^4", `10\!,\!000`},
	{"-3", "−3", "- 3", "(-3)", "3-6", `-\frac{6}{2}`, "-3.0", `\frac{-6}{2}`, `\frac{6}{-2}`, "--3 - 6", "x = -3"},
	{"1.5", "3/2", "1 1/2", `1\frac12`, `1\frac{1}{2}`, "1½", `1 \frac{1}{2}`, `1\dfrac12`, "6/4", "1.50"},
	{"1/3", `\frac13`, `0.\overline{3}`, "2/6", `\frac{1}{3}\text{ of the cake}`, `3^{-1}`},
	{"1234567.89", "1,234,567.89", `1{,}234{,}567.89`, "$1,234,567.89$"},
	{"0", "-0", "0.0", "0/5", "1-1", `\sin 0`, `\ln 1`, `\sqrt{0}`, `\cos 90^\circ`},
	{"1000000", "1,000,000", "10^6", `10^{6}`, "1e6"},
	{"8", "2^3", "2**3", `\log_2 256`, `\sqrt{64}`, `\sqrt[3]{512}`, "4!/3", "|-8|", `\binom{8}{1}`, `\lfloor 8.9 \rfloor`, `\lceil 7.1 \rceil`, "1000_2", "2·4", `2\cdot4`, "2*4", "2(4)", `\sqrt{16}\cdot 2`},
	// units, signs, words
	{"50", `50\%`, "50%", "50 %", "50 percent", `50\text{ percent}`, "$50", "50 dollars", "50°", `50^\circ`, `50^{\circ}`, `50\degree`, "50 degrees", "50 cm", `50\text{ cm}`, `50\text{ cm}^2`, `50\mbox{ inches}`, `50\ \mathrm{km/h}`, "50 miles per hour", "x=50", "x = 50", `x=50^\circ`, "about 50", "approximately 50", "there are 50 apples", "the value of x is 50", `\text{Area} = 50\text{ cm}^2`, `\angle ABC = 50^\circ`, "f(3) = 50", "AB = 50", "y ≈ 50", "5 \\times 10 = 50", "50 = x"},
	// roots and constants
	{"2*sqrt(2)", `2\sqrt{2}`, `2\sqrt2`, `\sqrt{8}`, "√8", "2√2", "sqrt(8)", "2sqrt(2)", `\frac{4}{\sqrt{2}}`, "8^{1/2}", "8^(1/2)", "8^0.5", `2^{3/2}`, `\sqrt 8`, `2\sqrt{2}\approx 2.83`, `\sqrt{2}+\sqrt{2}`},
	{"0.5*sqrt(2)", `\frac{\sqrt{2}}{2}`, `\frac{1}{\sqrt{2}}`, `\frac{\sqrt2}2`, `\sin 45^\circ`, `\cos\frac{\pi}{4}`, `\sin(\pi/4)`, `0.5\sqrt{2}`, "sin(45°)"},
	{"1/3*sqrt(3)", `\frac{\sqrt{3}}{3}`, `\frac1{\sqrt3}`, `\tan 30^\circ`, `\tan\frac\pi6`},
	{"2*pi", `2\pi`, "2π", "2 pi", `\pi\cdot2`, `\frac{4\pi}{2}`, `\pi + \pi`, `2\pi\text{ cm}`},
	{"1/3*pi", `\frac{\pi}{3}`, "π/3", `\frac13\pi`, `\frac{1}{3}\pi`, `\arccos\frac12`, `\cos^{-1}(1/2)`, "pi/3"},
	{"e", `e^1`, `\exp(1)`, `\sqrt{e^2}`},
	{"‹3.14626436994197234232913506571557045e+00›", `\sqrt{2}+\sqrt{3}`, `\sqrt3+\sqrt2`, `\sqrt{5+2\sqrt{6}}`, `\frac{1}{\sqrt{3}-\sqrt{2}}`},
	{"‹6.93147180559945309417232121458176568e-01›", `\ln 2`, "ln(2)", `\log_e 2`, `-\ln\frac12`, `\frac{\ln 4}{2}`},
	{"3", `\log_2 8`, `\log 1000`, `\log_{10} 1000`, `\ln e^3`, `\sqrt[3]{27}`, `27^{1/3}`, `\frac{\log 8}{\log 2}`},
	{"5", `\sqrt{3^2+4^2}`, "|3-8|", `\frac{10}{2}`, "{5}", `\{5\}`, "2+3", "2 + 3 = 5", `x \in \{5\}`, "5 = 2+3"},
	// expressions
	{"x + 1", "x+1", "1+x", "(x+1)", `\frac{x^2-1}{x-1}`, `\frac{2x+2}{2}`, "y = x+1", "f(x) = x + 1", "2x+1-x", "-(-x-1)", "x+1=y"},
	{"x^2 + 2*x + 1", "(x+1)^2", "x^2+2x+1", "(x+1)(x+1)", "1+2x+x^2", "x(x+2)+1", `x^{2}+2x+1`, "x²+2x+1", `\left(x+1\right)^2`, "f(x)=(x+1)^2"},
	{"x*y", "xy", "yx", `x\cdot y`, "x*y", "x y", `\frac{xy^2}{y}`, "(x)(y)"},
	{"0.5*x", `\frac{x}{2}`, `\frac12x`, "x/2", "0.5x", `\frac{1}{2}x`, "x÷2"},
	{"x^-1", `\frac1x`, "1/x", "x^{-1}", `\frac{x}{x^2}`},
	{"3*x^2 - 2*x", "3x^2-2x", "x(3x-2)", "-2x+3x^2", `3x^2 - 2x`},
	{"pi*r^2", `\pi r^2`, "πr²", `r^2\pi`, `\pi\cdot r\cdot r`, `A = \pi r^2`},
	{"i + 1", "1+i", "i+1", `\frac{2}{1-i}`, "1 - i^3", `\frac{2i}{1+i}`},
	{"-1", "i^2", "i\\cdot i", `\cos\pi`, `\log_{10} 0.1`, "(-1)^{3}", `\sqrt[3]{-1}`},
	{"1", `\sin^2 x + \cos^2 x`, `\frac{x}{x}`, `\tan 45^\circ`, "x - x + 1", `0.\overline{9}`},
	{"a_{10} + x_1", "x_1 + a_{10}", "a_{10}+x_{1}"},
	{`alpha*theta`, `\alpha\theta`, "θα"},
	// equations and inequalities
	{"x + y - 3 = 0", "x+y=3", "x + y - 3 = 0", "3 = x+y", "2x+2y=6", "3-x-y = 0", "-x-y=-3", "x+y+1=4"},
	{"x^2 + y^2 - 25 = 0", "x^2+y^2=25", "25=y^2+x^2", `\frac{x^2}{25}+\frac{y^2}{25}=1`},
	{"(-inf, 3)", "x<3", "3>x", `(-\infty,3)`, `x \in (-\infty, 3)`, "2x<6", "-x > -3", "y < 3", `(-\infty, 3)`, "(-∞,3)"},
	{"[2, inf)", `x\ge2`, `x \geq 2`, "x>=2", "2 ≤ x", `[2,\infty)`, `x\in[2,\infty)`, `2 \leqslant x`},
	{"(1, 5]", "1<x<=5", `1 < x \le 5`, `(1,5]`, `x\in(1,5]`, "5 >= x > 1", `\left(1,5\right]`, `(1, 5]`},
	{"(-inf, 1) ∪ (2, inf)", `(-\infty,1)\cup(2,\infty)`, "x<1 or x>2", "x > 2 or x < 1", `x<1\text{ or }x>2`, `(2,\infty)\cup(-\infty,1)`, `x\in(-\infty,1)\cup(2,\infty)`},
	{"ℝ", `\mathbb{R}`, `(-\infty,\infty)`, `x\in\mathbb{R}`},
	{"x - 3 ≠ 0", `x\ne3`, `x \neq 3`, "x≠3", "3≠x"},
	// several values
	{"(1, 2)", "(1,2)", "( 1 , 2 )", `\left(1,2\right)`, `(x,y)=(1,2)`, `(\frac{2}{2},\sqrt{4})`, "(1.0,2.0)", `(x, y) = (1, 2)`, "x=1, y=2", "y = 2, x = 1", "x=1 and y=2"},
	{"(1, 2, 3)", "(1,2,3)", `(1,\;2,\;3)`, "P = (1, 2, 3)"},
	{"(1, 234)", "(1,234)", "(1, 234)"},
	{"{1, 2}", `\{1,2\}`, "{1,2}", `\{2,1\}`, "1,2", "2, 1", "1 and 2", "1 or 2", "x=1 or x=2", "x = 1, x = 2", "x=1, 2", `x=1\text{ or }x=2`, `x\in\{1,2\}`, `1.5\pm0.5`, `\frac{3\pm1}{2}`},
	{"{-2, 2}", `\pm2`, "±2", `x=\pm2`, `\pm\sqrt{4}`, "2,-2", "x = -2 or x = 2"},
	{"{1, 2, 3}", "1, 2, and 3", "1,2,3", "3, 2, 1", "1, 2 and 3", `\{3,1,2\}`},
	{"x = 1 or y = 2", "y=2 or x=1"},
	{"{(1, 2), x + y - 3 = 0}", "(1,2), x+y=3"},
	{"50000*m", "5x10^4m"},
	{"[[1, 2], [3, 4]]", `\begin{pmatrix}1&2\\3&4\end{pmatrix}`, `\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}`, `\begin{pmatrix}1&2\\\frac{6}{2}&4\\\end{pmatrix}`},
	{"no solution", `\emptyset`, `\varnothing`, "∅", `\{\}`, "no solutions", `\text{no solution}`, "No solution."},
	// words
	{"even", `\text{even}`, "Even", "EVEN", "**even**", `\textbf{even}`, `\text{Even}.`},
	{"new york", "New York", `\text{New York}`, "new  york"},
	{"yes", `\text{Yes}`, "YES", "Yes."},
	{"C", `\text{C}`, "(C)", `\textbf{(C)}`, `\mathrm{C}`, `\text{(C)}`},
}

// different holds pairs that a careless comparison takes for equal.
var different = [][2]string{
	{"0.333", "1/3"},
	{"0.3333333333", `\frac13`},
	{"2.718", "e"},
	{"2.718281828459045", "e"},
	{"3.14", `\pi`},
	{"22/7", `\pi`},
	{"1.414", `\sqrt2`},
	{"1.41421356", `\sqrt{2}`},
	{"50%", "0.5"},
	{"50%", "1/2"},
	{`0.5\%`, "50"},
	{"1.0001", "1"},
	{"0.1", "0.01"},
	{"-3", "3"},
	{"x-1", "1-x"},
	{"-x", "x"},
	{`-\frac12`, `\frac12`},
	{`\frac{-1}{-2}`, `-\frac12`},
	{"(-1,2)", "(1,-2)"},
	{"-(x+1)", "-x+1"},
	{"-2^2", "4"},
	{"(-2)^2", "-4"},
	{"(1,2)", "[1,2]"},
	{"(1,2]", "[1,2)"},
	{"(1,2]", "(1,2)"},
	{"(1,2)", "(2,1)"},
	{"(1,2)", `\{1,2\}`},
	{"(1,2)", "1,2"},
	{"[1,2]", "1,2"},
	{`\{1,2\}`, `\{1,2,3\}`},
	{"1,2", "1"},
	{"1 or 2", "1"},
	{"1 or 2", "2"},
	{"1,234", "1, 234"},
	{"(1,234)", "1234"},
	{"1,23", "123"},
	{"10 000", "10"},
	{"2\\sqrt{2}", `\sqrt{6}`},
	{`2\sqrt2`, `\sqrt{2\cdot2}`},
	{`\sqrt{2}+\sqrt{3}`, `\sqrt{5}`},
	{`\sqrt{x^2}`, "x"},
	{`\sqrt[3]{8}`, `\sqrt{8}`},
	{`3\sqrt{8}`, `\sqrt[3]{8}`},
	{`\sqrt{2}`, "2"},
	{"x+1", "x"},
	{"x+1", "y+1"},
	{"x^2", "2x"},
	{"x^2", "x/2"},
	{"xy", "x+y"},
	{"(x+1)^2", "x^2+1"},
	{`\frac{x+1}{2}`, `x+\frac12`},
	{"1/2x", `\frac{1}{2x}`},
	{"2x", "2y"},
	{"ab", "ac"},
	{"x_1", "x_2"},
	{"X", "x"},
	{"x<3", `x\le3`},
	{"x<3", "x>3"},
	{"x<3", "3"},
	{"x = 3", `x\ne3`},
	{"x<1 or x>2", "1<x<2"},
	{"x<1 or x>2", "x<1 and x>2"},
	{"x+y<3", "x+y=3"},
	{"x+y<3", "x+y>3"},
	{"-2x<6", "x<-3"},
	{"x<3", `(-3,\infty)`},
	{"x+y=3", "x+y=4"},
	{"x+y=3", "x-y=3"},
	{"y=2x", "y=x"},
	{"x^2=4", "x=2"},
	{"x=1, y=2", "x=2, y=1"},
	{"x=1, y=2", "1, 2"},
	{"x=1 or y=2", "x=1, y=2"},
	{"1, 1, 2", "1, 2"},
	{"|x|<3", `|x|\le3`},
	{"|x|<3", "|x|<4"},
	{"x>1, y>2", "x>2, y>1"},
	{`\frac{1}{2}`, `\frac{2}{1}`},
	{"1/2", "12"},
	{`\frac12`, "12"},
	{"1 1/2", "11/2"},
	{`1\frac12`, `\frac{11}{2}`},
	{"2^3", "23"},
	{"2^3", "6"},
	{"2^{10}", "2^{1}0"},
	{"10_2", "10"},
	{"3!", "3"},
	{"e^x", "x^e"},
	{"2^x", "x^2"},
	{`\sin x`, `\cos x`},
	{`\sin^2 x`, `\sin x^2`},
	{`\sin 30^\circ`, `\sin 30`},
	{`\ln 2`, `\log 2`},
	{`\log_2 3`, `\log_3 2`},
	{`\pi`, `2\pi`},
	{`\pi r^2`, `2\pi r`},
	{`\tan x`, `\cot x`},
	{`\sin 2x`, `2\sin x`},
	{`\ln x`, `\ln 2x`},
	{"|x|", "x"},
	{`e^{2x}`, `2e^x`},
	{`\lfloor 2.5\rfloor`, `\lceil 2.5\rceil`},
	{`\binom52`, `\binom51`},
	{"1+i", "1-i"},
	{"i", "1"},
	{"2i", "2"},
	{`\infty`, `-\infty`},
	{`[1,\infty)`, `(1,\infty)`},
	{`\begin{pmatrix}1&2\\3&4\end{pmatrix}`, `\begin{pmatrix}1&3\\2&4\end{pmatrix}`},
	{`\begin{pmatrix}1\\2\end{pmatrix}`, `\begin{pmatrix}2\\1\end{pmatrix}`},
	{"yes", "no"},
	{"even", "odd"},
	{"Monday", "Tuesday"},
	{"A", "B"},
	{"no solution", "0"},
	{"even", "5"},
	{"\\text{yes}", "y"},
	{"5 cm", "5m"},
	{"1e3", "1e-3"},
	{"1.5", "15"},
	{"0.05", "0.5"},
	{"100,000", "1,000,000"},
	{"3.10", "3.01"},
	{"6.02e23", "6.02e22"},
	{"1/3", "1/4"},
	{"7", "seven"},
	{`\pm2`, "2"},
	{`3\pm1`, "4"},
}

func TestMathSpellingsOfOneAnswer(t *testing.T) {
	for _, class := range same {
		for _, text := range class {
			form, ok := (maths{}).Extract(`\boxed{` + text + "}")
			if !ok || form != class[0] {
				verdict := maths{}.Verify(`\boxed{`+text+"}", false, class[0])
				t.Errorf("%q has the form %q, want %q (%+v)", text, form, class[0], verdict)
			}
			if verdict := (maths{}).Verify("The answer is "+text, false, class[0]); verdict.Outcome != feedbackgen.Pass && !strings.Contains(text, ".") {
				t.Errorf("the answer is %q: %+v, want %q", text, verdict, class[0])
			}
		}
	}
}

func TestMathAnswersThatDiffer(t *testing.T) {
	for _, pair := range different {
		for _, text := range pair {
			if err := (maths{}).CheckGold(text); err != nil {
				t.Error(err)
			}
		}
		for i, text := range pair {
			gold := pair[1-i]
			if verdict := (maths{}).Verify(`\boxed{`+text+"}", false, gold); verdict.Outcome != feedbackgen.Fail {
				t.Errorf("%q for %q: %+v", text, gold, verdict)
			}
		}
	}
	for i, a := range same {
		for k, b := range same {
			if (maths{}).Equal(a[len(a)-1], b[len(b)-1]) != (i == k) {
				t.Errorf("%q and %q", a[len(a)-1], b[len(b)-1])
			}
		}
	}
}

func TestMathTablesAreLarge(t *testing.T) {
	equal := 0
	for _, class := range same {
		equal += len(class) - 1
	}
	if equal < 200 || 2*len(different) < 200 { // each pair is tried both ways round
		t.Errorf("%d spellings, %d pairs", equal, len(different))
	}
	t.Log(equal, len(different))
}

// Where the answer stands, and what is none.
func TestMathInCompletions(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"So $x^2 = 4$.\nThe answer is $x = 2$ or $x = -2$.", "{-2, 2}"},
		{`Thus \boxed{\frac{3}{4}}.`, "0.75"},
		{`<think>\boxed{1}</think>Hence \(x+1\).`, "x + 1"},
		{"We add.\n#### x + 1", "x + 1"},
		{"Final answer:\n\n$$\\frac{7}{2}$$", "3.5"},
		{`We get $2\sqrt{2}$.`, "2*sqrt(2)"},
		{"So $x=3$.\nShe has 42 apples.", "42"},
		{"<answer>(1, 2]</answer>", "(1, 2]"},
		{`**Answer:** $\{1, 2\}$`, "{1, 2}"},
		{`\boxed{5} or \boxed{6}`, ReasonHedged},
		{"The answer is not 5.", ReasonUnreadable},
		{"The answer is at least 5.", ReasonUnreadable},
		{"The answer is between 5 and 6.", ReasonUnreadable},
		{`\boxed{0.333...}`, ReasonUnreadable},
		{`\boxed{1/0}`, ReasonUnreadable},
		{`\boxed{x/0}`, ReasonUnreadable},
		{`\boxed{9^{9^9}}`, ReasonUnreadable},
		{`\boxed{\frac{1}{2}`, ReasonUnreadable},
		{`\boxed{2 3}`, ReasonUnreadable},
		{`\boxed{45^\circ 30'}`, ReasonUnreadable},
		{`\boxed{1, 2, \ldots, 10}`, ReasonUnreadable},
		{`\boxed{\foo{3}}`, ReasonUnreadable},
		{`\boxed{` + strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200) + "}", ReasonUnreadable},
		{`\boxed{` + strings.Repeat("1+", 600) + "1}", ReasonTooLong},
		{"The answer cannot be determined.", ReasonDeclined},
		{"<think>5", ReasonThinking},
		{"No idea.", ReasonNone},
	} {
		verdict := maths{}.Verify(c.text, false, "72")
		if verdict.Answer+verdict.Reason != c.want {
			t.Errorf("%.60q: %+v, want %q", c.text, verdict, c.want)
		}
	}
}

// The dearest formulas of the greatest length take a fraction of a second.
func TestMathIsBounded(t *testing.T) {
	fill := func(unit string) string { return strings.Repeat(unit, (maxSlot-8)/len(unit)) + "1" }
	start := time.Now()
	for _, text := range []string{
		fill("e^{x}*"), fill("(x+1)(y-1)"), fill(`\tan(x^{3})*`), fill(`1.5^{-0.7}`), fill(`\pm`), fill("|x|"), fill("9^"), fill("1,"), fill("(1,"), fill("x="),
		"((x+1)^{60}+y)^{60}", "(9^{999}+x)^{64}", "(a+b+c+d+f)^{6}(g+h+j+k+l)^{6}", "x^{999999999}", "500!^{500!}", "10^{-400}", "1e400", `\sin(10^{300})`,
	} {
		mathForm(text)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}
