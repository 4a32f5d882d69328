package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/shortcut"
)

// formatsA renders a solution: the steps, without the sentence that states the answer.
func formatsA() map[string]func(*rand.Rand, []step) string {
	return map[string]func(*rand.Rand, []step) string{
		"equations": equationsA, "prose": proseA, "bullets": bulletsA, "latex": latexA, "code": codeA,
	}
}

// generateA is the generator that the screen was tuned on: one group of twelve, of two formats.
func generateA(r *rand.Rand) group {
	steps := chain(r, 2+r.IntN(4))
	names := []string{"equations", "prose", "bullets", "latex", "code"}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	g := group{Prompt: promptA(r, steps)}
	for i := range 12 {
		g.Rollouts = append(g.Rollouts, rolloutA(r, steps, names[i%2]))
	}
	return g
}

func promptA(r *rand.Rand, steps []step) string {
	name, item := pick(r, "Ivan", "Vera", "Tom", "Mia"), pick(r, "marbles", "cards", "shells")
	parts := []string{fmt.Sprintf("%s has %d %s.", name, steps[0].a, item)}
	for _, s := range steps {
		parts = append(parts, fmt.Sprintf(map[byte]string{
			'+': "Then %d more are found.", '-': "Then %d get lost.",
			'*': "Then a friend has %d times as many.", '/': "They are shared among %d children, and one child counts.",
		}[s.op], s.b))
	}
	return strings.Join(append(parts, "How many are counted in the end?"), " ")
}

func rolloutA(r *rand.Rand, steps []step, format string) labelled {
	l := labelled{Rollout: shortcut.Rollout{Outcome: feedbackgen.Pass, Class: format}}
	render := formatsA()[format]
	answer := last(steps)
	switch draw := r.Float64(); {
	case draw < .48:
		l.Text = render(r, steps) + statementA(r, format, answer)
		if chance(r, .15) {
			l.Text = "Let's work through this one step at a time.\n" + l.Text
		}
	case draw < .64:
		wrong := erring(r, steps)
		answer = last(wrong)
		l.Text, l.Outcome = render(r, wrong)+statementA(r, format, answer), feedbackgen.Fail
		if answer == last(steps) {
			l.Outcome, l.Planted = feedbackgen.Pass, shortcut.WrongStep
		}
	case draw < .73:
		l.Text, l.Planted = guessA(r, format, answer), shortcut.Guess
	case draw < .82:
		l.Text, l.Planted = repetitionA(r, render, steps, format), shortcut.Repetition
	case draw < .92:
		l.Text, l.Planted = copyA(r, render, steps, format), shortcut.Copy
	default:
		l.Text, l.Planted = render(r, lucky(r, steps))+statementA(r, format, answer), shortcut.WrongStep
	}
	l.Answer = fmt.Sprint(answer)
	return l
}

func statementA(r *rand.Rand, format string, answer int) string {
	if format == "latex" {
		return fill(pick(r, `The final answer is $\boxed{#}$.`, `Hence \boxed{#}`), answer)
	}
	return fill(pick(r, "The answer is #.", "Answer: #", "So the answer is #."), answer)
}

func equationsA(r *rand.Rand, steps []step) string {
	var text strings.Builder
	spaced := chance(r, .5)
	for _, s := range steps {
		if spaced {
			fmt.Fprintf(&text, "%d %c %d = %d\n", s.a, s.op, s.b, s.result)
		} else {
			fmt.Fprintf(&text, "%d%c%d=%d\n", s.a, s.op, s.b, s.result)
		}
	}
	return text.String()
}

func proseA(r *rand.Rand, steps []step) string {
	var text strings.Builder
	for i, s := range steps {
		text.WriteString(pick(r, "", "First, ", "Then ", "Next, ", "So "))
		phrase := map[byte][]string{
			'+': {"%[1]d plus %[2]d is %[3]d", "adding %[2]d to %[1]d gives %[3]d", "%[1]d and %[2]d together make %[3]d"},
			'-': {"%[1]d minus %[2]d is %[3]d", "taking %[2]d from %[1]d leaves %[3]d", "without %[2]d, %[1]d becomes %[3]d"},
			'*': {"%[1]d times %[2]d is %[3]d", "%[2]d groups of %[1]d make %[3]d", "%[1]d multiplied by %[2]d equals %[3]d"},
			'/': {"%[1]d divided by %[2]d is %[3]d", "sharing %[1]d among %[2]d gives %[3]d each", "one of %[2]d parts of %[1]d is %[3]d"},
		}[s.op]
		fmt.Fprintf(&text, pick(r, phrase...), s.a, s.b, s.result)
		text.WriteString(pick(r, ".\n", ". "))
		if i == 0 && chance(r, .1) {
			text.WriteString("That is the first part. ")
		}
	}
	return text.String()
}

func bulletsA(r *rand.Rand, steps []step) string {
	item := pick(r, "marbles", "cards", "shells")
	text := fmt.Sprintf("- Start with %d %s\n", steps[0].a, item)
	for _, s := range steps {
		sign := map[byte]string{'+': "+", '-': "-", '*': "×", '/': "÷"}[s.op]
		text += fmt.Sprintf("- %d %s %s %d = %d %s\n", s.a, pick(r, item, "of them"), sign, s.b, s.result, item)
	}
	return text
}

func latexA(r *rand.Rand, steps []step) string {
	text := pick(r, "We compute:\n", "")
	for _, s := range steps {
		switch {
		case s.op == '/' && chance(r, .6):
			text += fmt.Sprintf("\\[ \\frac{%d}{%d} = %d \\]\n", s.a, s.b, s.result)
		default:
			sign := map[byte]string{'+': "+", '-': "-", '*': pick(r, `\times`, `\cdot`), '/': `\div`}[s.op]
			text += fmt.Sprintf("$%d %s %d = %d$\n", s.a, sign, s.b, s.result)
		}
	}
	return text
}

func codeA(r *rand.Rand, steps []step) string {
	text := "```python\n" + fmt.Sprintf("v0 = %d\n", steps[0].a)
	comment := chance(r, .4)
	for i, s := range steps {
		text += fmt.Sprintf("v%d = v%d %c %d", i+1, i, s.op, s.b)
		if comment {
			text += fmt.Sprintf("  # %d", s.result)
		}
		text += "\n"
	}
	return text + fmt.Sprintf("print(v%d)\n```\n", len(steps))
}

func guessA(r *rand.Rand, format string, answer int) string {
	if format == "code" {
		return fill(pick(r, "print(#)", "```python\nprint(#)\n```\nThe answer is #."), answer)
	}
	return fill(pick(r, "#", "The answer is #.", `\boxed{#}`, "I think it is #.", "It has to be #, I am sure.",
		"Looking at the story, the answer is #."), answer)
}

func repetitionA(r *rand.Rand, render func(*rand.Rand, []step) string, steps []step, format string) string {
	answer, text := last(steps), render(r, steps)
	switch r.IntN(3) {
	case 0:
		return text + strings.Repeat(statementA(r, format, answer)+"\n", 4+r.IntN(12))
	case 1:
		s := steps[len(steps)-1]
		loop := fmt.Sprintf("%d %c %d = %d\n", s.a, s.op, s.b, s.result)
		return text + strings.Repeat(loop, 4+r.IntN(10)) + statementA(r, format, answer)
	default:
		loop := fill("So we have #. Let me think again. ", answer)
		return text + strings.Repeat(loop, 4+r.IntN(10)) + statementA(r, format, answer)
	}
}

func copyA(r *rand.Rand, render func(*rand.Rand, []step) string, steps []step, format string) string {
	answer := last(steps)
	if chance(r, .5) {
		return render(r, steps[:len(steps)-1]) + statementA(r, format, answer)
	}
	text := fmt.Sprintf("The problem begins with %d.\n", steps[0].a)
	for _, s := range steps {
		text += fmt.Sprintf(pick(r, "Then there is the number %d.\n", "We are told %d next.\n"), s.b)
	}
	return text + statementA(r, format, answer)
}
