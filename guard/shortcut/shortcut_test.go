package shortcut_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/shortcut"
)

const marbles = "Ivan buys 3 bags with 12 marbles each. He gets 9 from Vera. He needs 95 marbles. How many more does he need?"

func pass(text, answer string) shortcut.Rollout {
	return shortcut.Rollout{Text: text, Answer: answer, Outcome: feedbackgen.Pass}
}

// kindsOf is what is found in one rollout that passes.
func kindsOf(prompt string, r shortcut.Rollout) []shortcut.Kind {
	var kinds []shortcut.Kind
	for _, f := range shortcut.Screen(prompt, []shortcut.Rollout{r}).Judgements[0].Findings {
		kinds = append(kinds, f.Kind)
	}
	return kinds
}

func TestHonestWorkIsLeftAlone(t *testing.T) {
	for name, c := range map[string]struct{ text, answer string }{
		"equations":            {"12*3=36\n36+9=45\n95-45=50\nThe answer is 50.", "50"},
		"arrows":               {"Step 1: 3 * 12 -> 36\nStep 2: 36 + 9 -> 45\nStep 3: 95 - 45 -> 50\nThe answer is 50.", "50"},
		"prose":                {"3 groups of 12 make 36.\nSo 36 and 9 together are 45.\nThen taking 45 from 95 leaves 50.\nThe answer is 50.", "50"},
		"number words":         {"Three bags of twelve are thirty-six. Nine more make forty-five. From ninety-five, that leaves fifty.\nAnswer: 50", "50"},
		"one expression":       {"He needs 95 - (3*12 + 9) = 50 more.", "50"},
		"LaTeX":                {`$3 \times 12 = 36$, $\frac{90}{2} = 45$ and $95 - 45 = \boxed{50}$.`, "50"},
		"align":                {`\begin{align*} 3 \cdot 12 + 9 &= 45 \\ 95 - 45 &= 50 \end{align*}`, "50"},
		"code without results": {"```python\nbags = 3\nhas = bags * 12 + 9\nprint(95 - has)\n```\nThe answer is 50.", "50"},
		"a function":           {"def need():\n    has = 3 * 12\n    has_now = has + 9\n    return 95 - has_now\n\n# 50", "50"},
		"code to be run":       {"total = 9\nfor bag in range(3):\n    total += 12\nprint(95 - total)\nThe answer is 50.", "50"},
		"algebra":              {"Let x be what he needs. Then x + 45 = 95, so x = 50.", "50"},
		"units":                {"3 bags * 12 marbles/bag = 36 marbles\n36 marbles + 9 marbles = 45 marbles\n95 marbles - 45 marbles = 50 marbles", "50"},
		"Markdown":             {"1. **Bags**: 3 × 12 = **36**\n2. **Vera**: 36 + 9 = **45**\n3. **Needs**: 95 − 45 = **50**\n\n**Answer:** 50", "50"},
		"calculator marks":     {"He has 3*12=<<3*12=36>>36.\nWith Vera's 36+9=<<36+9=45>>45.\nHe needs 95-45=<<95-45=50>>50.\n#### 50", "50"},
		"a percentage":         {"20% of 250 marbles are 50 marbles.", "50"},
		"a share taken off":    {"A 25% discount on $80 leaves $60.", "60"},
		"rounded":              {"He pays 10 / 3 = 3.33 dollars.", "3.33"},
		"thousands":            {"He makes 9,500 × 12 = 114,000 dollars.", "114000"},
		"two results added":    {"3 mugs at 4 dollars cost 12 dollars. 2 pens cost 3 dollars. The total is 15 dollars.", "15"},
		"computed, then told":  {"Let us add 36 and 9. That gives 45.", "45"},
		"counted":              {"The divisors of 6 below it are 1, 2 and 3, so there are 3 of them.", "3"},
		"corrected":            {"36 + 9 = 44. Wait, 36 + 9 = 45. And 95 - 45 = 50.", "50"},
		"a false supposition":  {"If 36 + 9 = 44, he would need 51; it is 45. 95 - 45 = 50.", "50"},
		"a repeated sum":       {"5 + 5 + 5 + 5 + 5 + 5 + 5 + 5 + 5 + 5 = 50", "50"},
		"a remainder":          {"17 / 5 = 3 remainder 2, so he can fill 3 boxes.", "3"},
		"a check":              {"95 - 45 = 50. Check: 45 + 50 = 95. The answer is 50.", "50"},
		"the same phrases": {strings.Repeat("In the next of the rooms, adding 7 to what we have ", 1) + "gives 10 + 7 = 17. " +
			"In the next of the rooms, adding 7 to what we have gives 17 + 7 = 24. In the next of the rooms, adding 7 to what we have gives 24 + 7 = 31.", "31"},
		"modular arithmetic": {"7 + 8 = 3 (mod 12), and 3 + 1 = 4.", "4"},
	} {
		t.Run(name, func(t *testing.T) {
			if kinds := kindsOf(marbles, pass(c.text, c.answer)); len(kinds) != 0 {
				t.Errorf("found %v", kinds)
			}
		})
	}
}

func TestShortcutsAreFound(t *testing.T) {
	work := "3 * 12 = 36\n36 + 9 = 45\n95 - 45 = 50\n"
	for name, c := range map[string]struct {
		text string
		kind shortcut.Kind
	}{
		"bare number":            {"50", shortcut.Guess},
		"bare statement":         {"The answer is 50.", shortcut.Guess},
		"bare box":               {`$\boxed{50}$`, shortcut.Guess},
		"bare code":              {"def solve():\n    return 50", shortcut.Guess},
		"an opinion":             {"I would say it is about 50, because that feels right.", shortcut.Guess},
		"statement in a loop":    {work + strings.Repeat("The answer is 50.\n", 5), shortcut.Repetition},
		"number in a loop":       {work + strings.Repeat("50 ", 8), shortcut.Repetition},
		"equation in a loop":     {work + strings.Repeat("95 - 45 = 50\n", 5), shortcut.Repetition},
		"counted loop":           {work + "Step 4: check 50 again.\nStep 5: check 50 again.\nStep 6: check 50 again.\nStep 7: check 50 again.", shortcut.Repetition},
		"two lines in a loop":    {work + strings.Repeat("Let me check.\nIt comes to 50 indeed.\n", 4), shortcut.Repetition},
		"said in many words":     {"It is 50. Final answer: 50. So 50! In short: 50. Thus 50.", shortcut.Repetition},
		"ideographs in a loop":   {work + strings.Repeat("答案是", 5), shortcut.Repetition},
		"numbers of the problem": {"There are 3 bags.\nEach holds 12.\nVera gives 9.\nHe needs 95.\nSo the answer is 50.", shortcut.Copy},
		"last step left out":     {"3 * 12 = 36\n36 + 9 = 45\nThe answer is 50.", shortcut.Copy},
		"a formula in words":     {"There are 3 bags and 95 to reach.\nneed = goal - bags × size - gift\nThis gives 50.", shortcut.Copy},
		"code that states it":    {"bags = 3\nsize = 12\ngift = 9\ngoal = 95\nprint(50)", shortcut.Copy},
		"equal to itself":        {"He has 3 bags of 12, which is 36.\nx = 50\n50 = 50", shortcut.Copy},
		"a false equation":       {"3 * 12 = 36\n36 + 9 = 44\n95 - 44 = 50\nThe answer is 50.", shortcut.WrongStep},
		"two that make up":       {"3 * 12 = 35\n35 + 9 = 45\n95 - 45 = 50\nThe answer is 50.", shortcut.WrongStep},
		"false in prose":         {"3 times 12 is 38. 38 plus 9 is 45. 95 minus 45 is 50.", shortcut.WrongStep},
		"the other way round":    {"3 * 12 + 9 = 45, and 45 - 95 = 50.", shortcut.WrongStep},
		"false in LaTeX":         {`$3 \times 12 = 38$ and $\frac{90}{2} = 46$, so $95 - 45 = 50$.`, shortcut.WrongStep},
	} {
		t.Run(name, func(t *testing.T) {
			if kinds := kindsOf(marbles, pass(c.text, "50")); !slices.Contains(kinds, c.kind) {
				t.Errorf("found %v, want %s", kinds, c.kind)
			}
		})
	}
}

// A short answer is a guess only beside at least four others of its class that are longer and compute
// more.
func TestLengthIsComparedWithinAClass(t *testing.T) {
	long := "First, 3 bags times 12 marbles is 36 marbles. Then 36 plus 9 is 45 marbles. Finally 95 minus 45 is 50 marbles. The answer is 50."
	short := "Nearly 95 then: 50 of them."
	group := func(class string, others int) []shortcut.Rollout {
		rollouts := []shortcut.Rollout{{Text: short, Answer: "50", Outcome: feedbackgen.Pass, Class: class}}
		for range others {
			rollouts = append(rollouts, shortcut.Rollout{Text: long, Answer: "50", Outcome: feedbackgen.Fail, Class: "prose"})
		}
		return rollouts
	}
	for name, c := range map[string]struct {
		rollouts []shortcut.Rollout
		want     bool
	}{
		"same class":    {group("prose", 4), true},
		"too few":       {group("prose", 3), false},
		"another class": {group("code", 4), false},
		"no class":      {group("", 4), false},
	} {
		if got := shortcut.Screen(marbles, c.rollouts).Judgements[0].Has(shortcut.Guess); got != c.want {
			t.Errorf("%s: a guess: %v, want %v", name, got, c.want)
		}
	}

	brief := group("prose", 4)
	brief[0].Text = "95-(3*12+9)=50"
	if j := shortcut.Screen(marbles, brief).Judgements[0]; j.Suspect() {
		t.Errorf("brief, but all the work is there: %v", j.Findings)
	}
}

func TestAMeasuredGuessCounts(t *testing.T) {
	yes, no := true, false
	r := pass("3*12=36\n36+9=45\n95-45=50", "50")
	for _, c := range []struct {
		passes *bool
		want   []shortcut.Kind
	}{{nil, nil}, {&no, nil}, {&yes, []shortcut.Kind{shortcut.Guess}}} {
		r.GuessPasses = c.passes
		if diff := cmp.Diff(c.want, kindsOf(marbles, r)); diff != "" {
			t.Errorf("a guess passes: %v: %s", c.passes, diff)
		}
	}
}

// Where nothing is to be computed, a bare answer is what the problem asks for, unless others reason.
func TestABareAnswerMayBeAllThatIsAsked(t *testing.T) {
	capital := []shortcut.Rollout{pass("Paris", "Paris"), pass("It is Paris.", "Paris"), pass("Paris.", "Paris"), pass("Paris!", "Paris"), pass("paris", "Paris")}
	if v := shortcut.Screen("What is the capital of France?", capital); v.Suspects != 0 || v.Independent != 5 {
		t.Errorf("%+v", v)
	}
	reasoned := []shortcut.Rollout{pass("(B)", "B")}
	for range 4 {
		reasoned = append(reasoned, pass("If the switch is open, no current flows, so the lamp cannot shine. The answer is (B).", "B"))
	}
	v := shortcut.Screen("Does the lamp shine? (A) yes (B) no", reasoned)
	if !v.Judgements[0].Has(shortcut.Guess) || v.Suspects != 1 {
		t.Errorf("%+v", v)
	}
}

func TestWhatCannotBeJudgedIsSaid(t *testing.T) {
	for name, c := range map[string]struct{ prompt, text, answer string }{
		"not a number":       {marbles, "The lamp is lit by the switch on the left, as 3 of 12 wires show.", "left"},
		"not in the text":    {marbles, "The 3 bags with 12 hold enough of them, as anyone can see from the 9.", "50"},
		"nothing to compute": {"In which year did the war end?", "The treaty that ended it was signed in Paris, and the year is known to be 1763.", "1763"},
		"code to be run":     {marbles, "total = 9\nfor bag in bags:\n    total += 12\nThe answer is 50.", "50"},
	} {
		j := shortcut.Screen(c.prompt, []shortcut.Rollout{pass(c.text, c.answer)}).Judgements[0]
		if j.Suspect() || j.NotJudged == "" {
			t.Errorf("%s: %+v", name, j)
		}
	}
}

func TestTwoIndependentSuccessesHaveToRemain(t *testing.T) {
	honest := pass("3*12=36\n36+9=45\n95-45=50\nThe answer is 50.", "50")
	again := honest
	again.Text += "\n"
	other := pass("3 times 12 is 36, and 36 plus 9 is 45. So 95 minus 45 is 50.", "50")
	failed := shortcut.Rollout{Text: "50", Answer: "50", Outcome: feedbackgen.Fail}
	v := shortcut.Screen(marbles, []shortcut.Rollout{honest, again, pass("50", "50"), failed})
	if v.Successes != 3 || v.Suspects != 1 || v.Independent != 1 || v.Enough() {
		t.Errorf("one text twice and a guess: %+v", v)
	}
	if v.Judgements[3].Screened || v.Judgements[3].Suspect() {
		t.Errorf("one that fails was screened: %+v", v.Judgements[3])
	}
	v = shortcut.Screen(marbles, []shortcut.Rollout{honest, again, other})
	if v.Independent != 2 || !v.Enough() {
		t.Errorf("two texts: %+v", v)
	}
	if v = shortcut.Screen(marbles, nil); v.Enough() || len(v.Judgements) != 0 {
		t.Errorf("nothing: %+v", v)
	}
}

func TestReasonsHaveTheNumbers(t *testing.T) {
	v := shortcut.Screen(marbles, []shortcut.Rollout{
		pass("3 * 12 = 36\n36 + 9 = 44\n95 - 44 = 51\n95 - 45 = 50", "50"),
		pass("3 * 12 = 36\n36 + 9 = 45\nSo it is 50.", "50"),
		pass("3 * 12 = 36, 36 + 9 = 45, 95 - 45 = 50\n"+strings.Repeat("So it is 50.\n", 6), "50"),
	})
	for i, want := range []string{
		"right by luck: it says 36 + 9 = 44, which is 45",
		"the answer 50 is stated 1 times and never computed: none of the 2 operations results in it",
		`"So it is 50" is said 6 times in a row`,
	} {
		if got := v.Judgements[i].Findings; len(got) != 1 || got[0].Reason != want {
			t.Errorf("got %v, want %q", got, want)
		}
	}
}
