package verify

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
)

func TestNumberPasses(t *testing.T) {
	for _, c := range []struct{ completion, gold string }{
		// where the answer is
		{`So \boxed{72}.`, "72"},
		{`\boxed{1} was wrong. \boxed{72}`, "72"},
		{`\boxed{\boxed{72}}`, "72"},
		{`I will use \boxed{}: \boxed {72}. As in \boxed{}.`, "72"},
		{`The answer is 5, no, \boxed{72} it is. #### 9`, "72"},
		{"48 + 24 = <<48+24=72>>72\n#### 72", "72"},
		{"#### 1\n#### 72", "72"},
		{"#### Step 1: add 5\nwe get 72", "72"},
		{"#### 1. Add 5\nwe get 72", "72"},
		{"#### 72\n\nI hope this helps you 100%!", "72"},
		{"... = 72 #### 72", "72"},
		{"#### 72 apples", "72"},
		{"<answer>72</answer>", "72"},
		{"<answer>1</answer> no <ANSWER>\n 72\n</ANSWER> done, 5", "72"},
		{"<answer>72", "72"},
		{"The answer is 72.", "72"},
		{"The answer is 5. Wait. The answer is 72. There were 3.", "72"},
		{"The final answer to the problem is **72**.", "72"},
		{"**Answer:** 72", "72"},
		{"**Final Answer**\n\n72", "72"},
		{"### Final Answer:\n\n$$\n72\n$$\n", "72"},
		{"ANSWER: 72", "72"},
		{"Answer = 72", "72"},
		{"Answer (in dollars): $72", "72"},
		{"The answer to the question: 72", "72"},
		{"Therefore, the answer should be 72", "72"},
		{"I found the answer to be 72 km.", "72"},
		{"The answer is:\n\\[ 72 \\]", "72"},
		{"The answer is: Weng earned $72 in total.", "72"},
		{"The answer is 12 * 6 = 72 dollars.", "72"},
		{"The answer is simple. We add 70 and 2 = 72", "72"},
		{"Answer:\n1. First add 70 and 2.\n2. That gives 72.", "72"},
		{"The wrong answer is 5. He has 72.", "72"},
		{"To answer this, the first step is 5 + 1 = 6. Then 6 * 12 = 72", "72"},
		{"She has 70 + 2 = 72 left.", "72"},
		{"72", "72"},
		{"- 72 apples", "72"},
		{"3 pens cost 6 each; Tom pays 72 for item A1.", "72"},
		{"<think>\\boxed{5} or 6?</think>He has 72.", "72"},
		{"The answer is x = 72", "72"},
		{"The answer is 72 apples, that is, 72.", "72"},
		{"The answer is 72 because he had 36 twice.", "72"},
		{"The answer is 72.67 (rounded to 2 decimal places).", "72.67"},
		{"The correct answer is 72, not 6.", "72"},
		{"The answer is 30 + 6 = 36, so 2 * 36 = 72.", "72"},
		{`{"answer": "72"}`, "72"},
		{"The answer is <b>72</b></s><|im_end|>", "72"},
		// how it is written
		{"Answer: $72.00", "72"},
		{`\boxed{\$72}`, "72"},
		{`\boxed{72\text{ dollars}}`, "72"},
		{`\boxed{$72$}`, "72"},
		{`\boxed{1{,}234}`, "1234"},
		{`\boxed{1\,234}`, "1234"},
		{"Answer: 1,234,567.50 euros", "1234567.5"},
		{"Answer: €1,234", "1234"},
		{"Answer: 3.5 hours.", "3.5"},
		{"Answer: 3.5. Next", "7/2"},
		{"Answer: .5", "0.5"},
		{"Answer: 0.50", "1/2"},
		{"Answer: 5km", "5"},
		{"Answer: 5 km/h", "5"},
		{"Answer: 25 cm^2", "25"},
		{"Answer: 25 m²", "25"},
		{`\boxed{90^\circ}`, "90"},
		{"Answer: 3/4", "0.75"},
		{"Answer: 1 1/2 cups", "1.5"},
		{"Answer: 1½ cups", "1.5"},
		{"Answer: ½", "0.5"},
		{`\boxed{\frac{3}{4}}`, "0.75"},
		{`\boxed{\dfrac34}`, "3/4"},
		{`\boxed{-\frac{3}{4}}`, "-3/4"},
		{`\boxed{1\frac{1}{2}}`, "3/2"},
		{"Answer: 2/6", "1/3"},
		{"Answer: 25%", "25 %"},
		{`Answer: 25\%`, "25"},
		{"Answer: 25 percent", "25%"},
		{"Answer: -5", "-5"},
		{"Answer: −5", "-5"},
		{"Answer: minus 5 degrees", "-5"},
		{"Answer: -$5", "$-5"},
		{"Answer: +5", "5"},
		{"Answer: 1.5e3", "1500"},
		{`\boxed{1.5 \times 10^{3}}`, "1500"},
		{"Answer: 1.5×10^-1", "0.15"},
		{"Answer: 2 million people", "2,000,000"},
		{"Answer: 1e300", "1" + strings.Repeat("0", 300)},
		{"Answer: 007", "7"},
		{"Answer: -0", "0"},
		{"Answer: = 72", "72"},
		{"Answer: ≈ 3.33", "3.33"},
		{"Answer: `72`", "72"},
		{"Answer: \"72\"", "72"},
		{"Answer: 72!", "72"},
		{"The answer is CO2 of 72 grams", "72"},
		{"72", "#### 72"},
		{"72", `\boxed{72}`},
		{"72 apples", "72 apples"},
	} {
		if got := (number{}).Verify(c.completion, false, c.gold); got.Outcome != feedbackgen.Pass {
			t.Errorf("%q against %q: %+v", c.completion, c.gold, got)
		}
	}
}

func TestNumberFails(t *testing.T) {
	for _, c := range []struct{ completion, gold, answer string }{
		{"The answer is 71.", "72", "71"},
		{`He had 72. \boxed{71}`, "72", "71"},
		{"72 72 72\n#### 7", "72", "7"},
		{"<answer>7</answer>72", "72", "7"},
		{"He has 72 and eats 2. The answer is 70.", "72", "70"},
		{"Answer: 0.333", "1/3", "0.333"},
		{"Answer: 0.25", "25%", "0.25"},
		{"Answer: -72", "72", "-72"},
		{"Answer: negative 72", "72", "-72"},
		{"Answer: 7.2", "72", "7.2"},
		{"Answer: 72 thousand", "72", "72000"},
		{"Answer: 1,234", "1.234", "1234"},
		{"7 + 65 = 72. Now 72 / 2 = 36", "72", "36"},
		{"The answer is 72/2", "72", "36"},
		{"Answer: 0.72e1", "72", "7.2"},
	} {
		got := (number{}).Verify(c.completion, false, c.gold)
		if got.Outcome != feedbackgen.Fail || got.Answer != c.answer {
			t.Errorf("%q against %q: %+v", c.completion, c.gold, got)
		}
	}
}

func TestNumberHasNothingToJudge(t *testing.T) {
	for _, c := range []struct{ completion, gold, reason string }{
		{"", "5", ReasonNone},
		{"no idea whatever", "5", ReasonNone},
		{"x2 and CO2", "2", ReasonNone},
		{"<think>5 \\boxed{5}", "5", ReasonThinking},
		{"There are 5 balls. The answer is blue.", "5", ReasonUnreadable},
		{`5 balls, \boxed{blue}`, "5", ReasonUnreadable},
		{`The answer is 5, \boxed{5`, "5", ReasonUnreadable},
		{`\boxed{` + strings.Repeat(" 5", 600) + "}", "5", ReasonTooLong},
		// hedges
		{`\boxed{5 or 6}`, "5", ReasonHedged},
		{`\boxed{5 or 6}`, "6", ReasonHedged},
		{`\boxed{5} or \boxed{6}`, "6", ReasonHedged},
		{`\boxed{5}, \boxed{6}`, "6", ReasonHedged},
		{"<answer>5</answer><answer>6</answer>", "6", ReasonHedged},
		{"<answer>1, 2, 3, 4, 5, 6</answer>", "6", ReasonHedged},
		{"<answer>1 2 3 4 5 6</answer>", "6", ReasonHedged},
		{"#### 5 or 6", "5", ReasonHedged},
		{"#### 5 #### 6", "6", ReasonHedged},
		{"The answer is 5 or 6.", "6", ReasonHedged},
		{"The answer is 5 or maybe 6.", "6", ReasonHedged},
		{"The answer is 5 or the answer is 6", "6", ReasonHedged},
		{"The answer is between 5 and 6", "6", ReasonUnreadable},
		{"The answer is x = 5 or x = 6", "6", ReasonHedged},
		{"The answer is a = 5, b = 6", "6", ReasonHedged},
		{"The answer is 5 (or 6)", "5", ReasonHedged},
		{"The answer is 5, 6", "5", ReasonHedged},
		{"The answer is 1,2", "1.2", ReasonHedged},
		{"The answer is 3 hours and 30 minutes", "3", ReasonHedged},
		{"It may be 5 or 6", "6", ReasonHedged},
		{"It may be 3, 4, 5, 6", "6", ReasonHedged},
		{"It lies between 5 and 6", "6", ReasonHedged},
		{"5 5 5", "5", ReasonHedged},
		// not what is asked for
		{"The answer is not 5", "5", ReasonUnreadable},
		{"The answer isn't 5", "5", ReasonUnreadable},
		{"The answer is more than 5", "5", ReasonUnreadable},
		{"so it is not 5", "5", ReasonUnreadable},
		{`\boxed{5x}`, "5", ReasonExpression},
		{`\boxed{5 + x}`, "5", ReasonExpression},
		{`\boxed{5!}`, "5", ReasonExpression},
		{`\boxed{5\pi}`, "5", ReasonExpression},
		{`\boxed{5\sqrt{2}}`, "5", ReasonExpression},
		{`\boxed{\sqrt{5}}`, "5", ReasonExpression},
		{`\boxed{5^2}`, "5", ReasonExpression},
		{`\boxed{x > 5}`, "5", ReasonExpression},
		{`\boxed{x<5}`, "5", ReasonExpression},
		{`\boxed{2+3}`, "5", ReasonExpression},
		{`\boxed{5*5}`, "5", ReasonExpression},
		{`\boxed{5-5}`, "5", ReasonExpression},
		{`\boxed{5, 5}`, "5", ReasonHedged},
		{`\boxed{\frac{x}{5}}`, "5", ReasonUnreadable},
		{"The answer is - 5", "5", ReasonExpression},
		{"so x = - 5", "5", ReasonExpression},
		{"we get 10 - 5", "5", ReasonExpression},
		{"we get 10 x 5", "5", ReasonExpression},
		{"we get 5\\pi", "5", ReasonExpression},
		{"Answer: 5k", "5", ReasonExpression},
		{"Answer: $5M", "5", ReasonExpression},
		{"Answer: 1.2.5", "5", ReasonUnreadable},
		{"Answer: 10:05", "5", ReasonUnreadable},
		{"Answer: 1/5/2020", "5", ReasonUnreadable},
		{"Answer: 5/0", "5", ReasonUnreadable},
		{"Answer: 1e999999999", "5", ReasonUnreadable},
		{"Answer: 1e-999999999", "0", ReasonUnreadable},
		{"Answer: " + strings.Repeat("9", 401), "5", ReasonUnreadable},
		{"Answer: 5 = ?", "5", ReasonExpression},
		// declined
		{"The answer is unknown.", "5", ReasonDeclined},
		{"There are 5 balls. The answer cannot be determined.", "5", ReasonDeclined},
		{"There are 5 balls.\nI don’t know.", "5", ReasonDeclined},
		{`\boxed{\text{cannot be determined}}`, "5", ReasonDeclined},
		// nothing to judge against
		{"5", "", ReasonGold},
		{"5", "blue", ReasonGold},
		{"5", "5 or 6", ReasonGold},
	} {
		got := (number{}).Verify(c.completion, false, c.gold)
		if got.Outcome != feedbackgen.Invalid || got.Reason != c.reason {
			t.Errorf("%.80q against %q: %+v, want %s", c.completion, c.gold, got, c.reason)
		}
	}
}

// spelled is a number with one of the spellings that the documentation promises.
type spelled struct {
	text  string
	value *big.Rat
}

func spellings() *rapid.Generator[spelled] {
	return rapid.Custom(func(t *rapid.T) spelled {
		num := rapid.Int64Range(-3_000_000, 3_000_000).Draw(t, "num")
		abs, sign := num, ""
		if num < 0 {
			abs, sign = -num, rapid.SampledFrom([]string{"-", "−", "minus "}).Draw(t, "sign")
		}
		ratio := func(a, b int64) *big.Rat { return big.NewRat(a, b) }
		var s spelled
		switch rapid.IntRange(0, 7).Draw(t, "kind") {
		case 0:
			s = spelled{fmt.Sprint(abs), ratio(num, 1)}
		case 1:
			s = spelled{thousands(abs), ratio(num, 1)}
		case 2:
			s = spelled{fmt.Sprintf("%d.%03d", abs/1000, abs%1000), ratio(num, 1000)}
		case 3:
			den := rapid.Int64Range(1, 1000).Draw(t, "den")
			s = spelled{fmt.Sprintf("%d/%d", abs, den), ratio(num, den)}
		case 4:
			den := rapid.Int64Range(1, 1000).Draw(t, "den")
			s = spelled{fmt.Sprintf(`\frac{%d}{%d}`, abs, den), ratio(num, den)}
		case 5:
			den := rapid.Int64Range(2, 1000).Draw(t, "den")
			s = spelled{fmt.Sprintf("%d %d/%d", abs/den, abs%den, den), ratio(num, den)}
		case 6:
			exponent := rapid.IntRange(-9, 9).Draw(t, "exponent")
			value, _ := new(big.Rat).SetString(fmt.Sprintf("%de%d", num, exponent))
			form := rapid.SampledFrom([]string{"%de%d", "%d × 10^%d", `%d \times 10^{%d}`}).Draw(t, "form")
			s = spelled{fmt.Sprintf(form, abs, exponent), value}
		case 7:
			s = spelled{fmt.Sprintf("%d.%03d000", abs/1000, abs%1000), ratio(num, 1000)}
		}
		currency := rapid.SampledFrom([]string{"", "", "$", `\$`, "€", "£"}).Draw(t, "currency")
		unit := rapid.SampledFrom([]string{"", "", " apples", "%", " %", " km/h", "cm", `\text{ dollars}`}).Draw(t, "unit")
		emphasis := rapid.SampledFrom([]string{"", "", "**", "`"}).Draw(t, "emphasis")
		s.text = emphasis + sign + currency + s.text + unit + emphasis
		return s
	})
}

func thousands(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func TestANumberIsItsValueHoweverItIsSpelled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := spellings().Draw(t, "a"), spellings().Draw(t, "b")
		if rapid.Bool().Draw(t, "same") {
			b = spelled{a.value.RatString(), a.value}
		}
		if got, want := (number{}).Equal(a.text, b.text), a.value.Cmp(b.value) == 0; got != want {
			t.Fatalf("Equal(%q, %q) = %v", a.text, b.text, got)
		}
		answer, reason := number{}.read(a.text)
		if back, ok := new(big.Rat).SetString(answer); !ok || reason != "" || back.Cmp(a.value) != 0 {
			t.Fatalf("%q reads as %q, %q", a.text, answer, reason)
		}
	})
}

func TestWhoeverSaysTheKnownNumberPasses(t *testing.T) {
	forms := []string{
		"%s", "The answer is %s", "The answer is %s.", "Answer: %s", "**Answer:** %s\n", "#### %s", `\boxed{%s}`,
		"<answer>%s</answer>", "Final answer:\n%s", `\[ \boxed{%s} \]`, "so the total is %s",
	}
	rapid.Check(t, func(t *rapid.T) {
		gold := spellings().Draw(t, "gold")
		other := spellings().Draw(t, "other")
		noise := rapid.SampledFrom([]string{"", "He had 5. ", "3 + 4 = 7.\n", "#### Step 2\n", "The answer is 1? No.\n"}).Draw(t, "noise")
		form := rapid.SampledFrom(forms).Draw(t, "form")
		completion := noise + fmt.Sprintf(form, gold.text)
		if got := (number{}).Verify(completion, false, gold.text); got.Outcome != feedbackgen.Pass {
			t.Fatalf("%q: %+v", completion, got)
		}
		got := number{}.Verify(completion, false, other.text)
		if (got.Outcome == feedbackgen.Pass) != (gold.value.Cmp(other.value) == 0) {
			t.Fatalf("%q against %q: %+v", completion, other.text, got)
		}
	})
}

func TestListingNumbersNeverPasses(t *testing.T) {
	forms := []string{"The answer is %s", "#### %s", `\boxed{%s}`, "<answer>%s</answer>", "so it is %s"}
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(1, 50).Draw(t, "from")
		count := rapid.IntRange(2, 20).Draw(t, "count")
		joint := rapid.SampledFrom([]string{", ", " or ", "/", " / ", " ", "; ", "|", " and ", "-"}).Draw(t, "joint")
		if joint == "/" && count == 2 {
			count = 3 // one slash is a fraction
		}
		var list []string
		for i := range count {
			list = append(list, fmt.Sprint(from+i))
		}
		completion := fmt.Sprintf(rapid.SampledFrom(forms).Draw(t, "form"), strings.Join(list, joint))
		for _, gold := range list {
			if got := (number{}).Verify(completion, false, gold); got.Outcome == feedbackgen.Pass {
				t.Fatalf("%q passes for %s", completion, gold)
			}
		}
	})
}
