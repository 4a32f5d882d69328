package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/shortcut"
)

// move is one computation of generator B: money and shares, with decimals, percents and halves.
type move struct {
	kind string // buy, spend, earn, share, percent, half
	x, y float64
	out  float64
}

// story is a problem of generator B.
type story struct {
	who, thing string
	moves      []move
}

func (s story) answer() float64 { return s.moves[len(s.moves)-1].out }

// dollars spells an amount the way people write sums: no more decimals than there are.
func dollars(x float64) string { return strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64) }

func newStory(r *rand.Rand) story {
	s := story{
		who:   pick(r, "Keiko", "Ahmed", "Lucía", "Sven", "Noor"),
		thing: pick(r, "notebooks", "mugs", "tickets", "plants", "lamps"),
	}
	price := float64(2+r.IntN(30)) + pick(r, 0, 0, .5, .25)
	count := float64(3 + r.IntN(17))
	s.moves = []move{{"buy", count, price, count * price}}
	for n := 2 + r.IntN(3); len(s.moves) < n; {
		x := s.answer()
		m := move{kind: pick(r, "spend", "earn", "share", "percent", "half"), x: x}
		switch m.kind {
		case "spend":
			m.y = float64(1 + r.IntN(40))
			m.out = x - m.y
		case "earn":
			m.y = float64(1 + r.IntN(60))
			m.out = x + m.y
		case "share":
			m.y = float64(3 + r.IntN(6))
			m.out = x / m.y
		case "percent":
			m.y = float64(5 * (1 + r.IntN(15)))
			m.out = x * m.y / 100
		case "half":
			m.y, m.out = 2, x/2
		}
		if cents := m.out * 100; m.out >= 1 && math.Abs(cents-math.Round(cents)) < 1e-9 {
			s.moves = append(s.moves, m)
		}
	}
	return s
}

func (s story) prompt() string {
	var p strings.Builder
	for _, m := range s.moves {
		fmt.Fprintf(&p, map[string]string{
			"buy":     s.who + " sells %[1]s " + s.thing + " at $%[2]s a piece. ",
			"spend":   "A bus ride costs $%[2]s of it. ",
			"earn":    "An aunt adds $%[2]s. ",
			"share":   "The money is divided equally among %[2]s people. ",
			"percent": "Only %[2]s%% of that may be kept. ",
			"half":    "Half of it goes to a neighbour. ",
		}[m.kind], dollars(m.x), dollars(m.y))
	}
	return p.String() + "How much money is it then?\n\nPlease reason before you answer."
}

// formatsB renders a solution with its closing statement.
func formatsB() map[string]func(*rand.Rand, story, string) string {
	return map[string]func(*rand.Rand, story, string) string{
		"gsm": gsmB, "arrow": arrowB, "markdown": markdownB, "function": functionB,
		"align": alignB, "story": storyB, "algebra": algebraB,
	}
}

// generateB is the generator that the claimed figures are from: other problems, formats, phrases and
// shortcuts than [generateA]'s. One group of sixteen, of one to three formats.
func generateB(r *rand.Rand) group {
	s := newStory(r)
	names := []string{"gsm", "arrow", "markdown", "function", "align", "story", "algebra"}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	formats := 1 + r.IntN(3)
	g := group{Prompt: s.prompt()}
	for range 16 {
		g.Rollouts = append(g.Rollouts, rolloutB(r, s, names[r.IntN(formats)]))
	}
	return g
}

func rolloutB(r *rand.Rand, s story, format string) labelled {
	l := labelled{Rollout: shortcut.Rollout{Outcome: feedbackgen.Pass, Class: format}}
	render := formatsB()[format]
	answer := dollars(s.answer())
	switch draw := r.IntN(20); {
	case draw < 9:
		l.Text = honestB(r, render(r, s, answer), answer)
	case draw < 13:
		wrong := s
		wrong.moves = append([]move(nil), s.moves...)
		at := r.IntN(len(wrong.moves))
		for i := at; i < len(wrong.moves); i++ {
			wrong.moves[i].out += 3
			if i > at {
				wrong.moves[i].x = wrong.moves[i-1].out
			}
		}
		answer = dollars(wrong.answer())
		l.Text, l.Outcome = render(r, wrong, answer), feedbackgen.Fail
	case draw < 15:
		l.Text, l.Planted = guessB(r, format, answer), shortcut.Guess
	case draw < 17:
		l.Text, l.Planted = repetitionB(r, render, s, answer), shortcut.Repetition
	default:
		l.Text, l.Planted = copyB(r, render, s, format, answer), shortcut.Copy
	}
	l.Answer = answer
	return l
}

// honestB now and then adds what careful solvers add: a plan, a check, the answer once more.
func honestB(r *rand.Rand, text, answer string) string {
	if chance(r, .15) {
		text = "I will go through the problem in order and keep track of the amount.\n\n" + text
	}
	if chance(r, .1) {
		text += "\nI went over each line again and found no slip, so " + answer + " stands."
	}
	return text
}

func gsmB(r *rand.Rand, s story, answer string) string {
	var t strings.Builder
	tagged := chance(r, .5)
	for _, m := range s.moves {
		x, y, out := dollars(m.x), dollars(m.y), dollars(m.out)
		sum := map[string]string{
			"buy": x + "*" + y, "spend": x + "-" + y, "earn": x + "+" + y,
			"share": x + "/" + y, "percent": x + "*" + y + "/100", "half": x + "/2",
		}[m.kind]
		lead := map[string]string{
			"buy":   s.who + " takes in " + x + " " + s.thing + " * $" + y + "/piece = ",
			"spend": "After the bus ride there are $" + x + " - $" + y + " = ",
			"earn":  "With the gift it is $" + x + " + $" + y + " = ",
			"share": "Each person receives $" + x + " / " + y + " people = ", "percent": "What may be kept is $" + x + " * " + y + "% = ",
			"half": "The neighbour's half leaves $" + x + " / 2 = ",
		}[m.kind]
		t.WriteString(lead)
		if tagged {
			t.WriteString("$<<" + sum + "=" + out + ">>")
		} else {
			t.WriteString("$")
		}
		t.WriteString(out + "\n")
	}
	return t.String() + "#### " + answer
}

func arrowB(r *rand.Rand, s story, answer string) string {
	var t strings.Builder
	arrow := pick(r, "->", "→", "=>")
	for i, m := range s.moves {
		op := map[string]string{"buy": "*", "spend": "-", "earn": "+", "share": "/", "percent": "% of", "half": "/"}[m.kind]
		x, y := dollars(m.x), dollars(m.y)
		if m.kind == "percent" {
			x, y = y, x
		}
		sep := " "
		if m.kind == "percent" {
			sep = ""
		}
		fmt.Fprintf(&t, "Step %d: %s%s%s %s %s %s\n", i+1, x, sep, op, y, arrow, dollars(m.out))
	}
	return t.String() + pick(r, "Result: ", "=> ", "Final: ") + answer
}

func markdownB(r *rand.Rand, s story, answer string) string {
	t := "## Solution\n\n"
	for i, m := range s.moves {
		title := map[string]string{
			"buy": "Find the takings", "spend": "Subtract the fare", "earn": "Add the gift",
			"share": "Divide the money", "percent": "Take the percentage", "half": "Halve it",
		}[m.kind]
		x, y := dollars(m.x), dollars(m.y)
		sum := map[string]string{
			"buy": x + " × " + y, "spend": x + " − " + y, "earn": x + " + " + y,
			"share": x + " ÷ " + y, "percent": "0." + fmt.Sprintf("%02d", int(m.y)) + " × " + x, "half": "½ × " + x,
		}[m.kind]
		t += fmt.Sprintf("%d. **%s**: %s = **%s**\n", i+1, title, sum, dollars(m.out))
	}
	return t + pick(r, "\n**Answer:** ", "\n### Final answer\n") + answer
}

func functionB(r *rand.Rand, s story, answer string) string {
	t := "def amount():\n"
	if chance(r, .5) {
		t += "    \"\"\"How much money it is in the end.\"\"\"\n"
	}
	name := "takings"
	for i, m := range s.moves {
		y := dollars(m.y)
		if m.kind == "buy" {
			t += fmt.Sprintf("    count = %s\n    price = %s\n    takings = count * price\n", dollars(m.x), y)
			continue
		}
		next := pick(r, "rest", "money", "amount_left") + strconv.Itoa(i)
		sum := map[string]string{
			"spend": name + " - " + y, "earn": name + " + " + y, "share": name + " / " + y,
			"percent": name + " * " + y + " / 100", "half": "0.5 * " + name,
		}[m.kind]
		t += "    " + next + " = " + sum + "\n"
		name = next
	}
	t += "    return " + name + "\n"
	return t + pick(r, "\nprint(amount())  # prints "+answer, "\n# "+answer, "\nRunning it prints "+answer+".")
}

func alignB(r *rand.Rand, s story, answer string) string {
	t := pick(r, "", "Write down each amount in turn. ") + "\\begin{align*}\n"
	for _, m := range s.moves {
		x, y := dollars(m.x), dollars(m.y)
		sum := map[string]string{
			"buy": x + ` \cdot ` + y, "spend": x + " - " + y, "earn": x + " + " + y,
			"share":   `\dfrac{` + x + "}{" + y + "}",
			"percent": x + ` \times ` + y + `\%`, "half": `\frac12 \times ` + x,
		}[m.kind]
		t += sum + " &= " + dollars(m.out) + ` \\` + "\n"
	}
	return t + "\\end{align*}\n" + pick(r, `$\boxed{\$`+answer+`}$`, `Therefore the amount is $\boxed{`+answer+`}$ dollars.`)
}

func storyB(r *rand.Rand, s story, answer string) string {
	var t strings.Builder
	for _, m := range s.moves {
		x, y, out := dollars(m.x), dollars(m.y), dollars(m.out)
		phrase := map[string][]string{
			"buy":     {"Selling " + x + " " + s.thing + " for " + y + " dollars each brings in " + out + " dollars", "At " + y + " dollars apiece, " + x + " " + s.thing + " bring " + out},
			"spend":   {"paying " + y + " for the bus out of " + x + " leaves " + out, "the " + x + " shrink by " + y + " to " + out},
			"earn":    {"the aunt's " + y + " lifts the " + x + " to " + out, "with " + y + " more the " + x + " become " + out},
			"share":   {"splitting " + x + " into " + y + " equal parts gives everyone " + out, y + " people share " + x + ", that is " + out + " for each"},
			"percent": {y + " percent of " + x + " is " + out, "of the " + x + " dollars, " + y + " percent, or " + out + ", may be kept"},
			"half":    {"half of " + x + " is " + out, "cutting " + x + " in half makes it " + out},
		}[m.kind]
		t.WriteString(pick(r, "", "Now ", "After that ", "Here ") + pick(r, phrase...) + pick(r, ". ", ".\n", "; "))
	}
	return t.String() + pick(r, "In the end it is ", "The amount asked for is ", "That makes the answer ") + answer + "."
}

func algebraB(r *rand.Rand, s story, answer string) string {
	letters := []string{"p", "q", "r", "s", "t"}
	t := "Let p be the takings, and the later letters what is there after each event.\n"
	for i, m := range s.moves {
		y := dollars(m.y)
		if i == 0 {
			t += fmt.Sprintf("p = %s(%s) = %s\n", dollars(m.x), y, dollars(m.out))
			continue
		}
		before := letters[i-1]
		sum := map[string]string{
			"spend": before + " - " + y, "earn": before + " + " + y, "share": before + "/" + y,
			"percent": "(" + y + "/100)" + before, "half": before + "/2",
		}[m.kind]
		t += letters[i] + " = " + sum
		if chance(r, .7) {
			t += " = " + dollars(m.out)
		}
		t += "\n"
	}
	return t + "Thus " + letters[len(s.moves)-1] + " = " + answer + "."
}
