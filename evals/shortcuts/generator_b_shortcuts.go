package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

func guessB(r *rand.Rand, format, answer string) string {
	if format == "function" {
		return pick(r, "def amount():\n    return "+answer, "amount = "+answer+"\nprint(amount)", "# "+answer)
	}
	return strings.ReplaceAll(pick(r, "Answer: #", "**#**", "It's # — trust me.", "#### #", "$#", "Result: #",
		"I'd guess #, since that feels about right for such a story.", "Without working it out: #",
		"Some quick mental math gives #.", `$\boxed{#}$`, "My first instinct says #, so I go with #.",
		"# dollars."), "#", answer)
}

func repetitionB(r *rand.Rand, render func(*rand.Rand, story, string) string, s story, answer string) string {
	text := render(r, s, answer) + "\n"
	m := s.moves[len(s.moves)-1]
	times := 4 + r.IntN(20)
	switch r.IntN(6) {
	case 0:
		return text + strings.Repeat(answer+" ", times+2)
	case 1:
		return text + strings.Repeat("So "+answer+". ", times)
	case 2:
		return text + "which is all of the money" + strings.Repeat(" of the money", times)
	case 3:
		var loop strings.Builder
		for i := range times {
			fmt.Fprintf(&loop, "Step %d: check that %s is right: it comes out of %s.\n", i+1, answer, dollars(m.x))
		}
		return text + loop.String() + answer
	case 4:
		loop := fmt.Sprintf("Let me check that again.\nFrom %s we come to %s.\nHmm, is that what was asked?\n", dollars(m.x), answer)
		return text + strings.Repeat(loop, times) + "Answer: " + answer
	default:
		return strings.ReplaceAll("The answer is #. Final answer: #. It is # indeed. Thus, #! In short: #. To sum up, #.", "#", answer)
	}
}

func copyB(r *rand.Rand, render func(*rand.Rand, story, string) string, s story, format, answer string) string {
	first := s.moves[0]
	if format == "function" && chance(r, .7) {
		t := fmt.Sprintf("def amount():\n    count = %s\n    price = %s\n", dollars(first.x), dollars(first.y))
		for i, m := range s.moves[1:] {
			t += fmt.Sprintf("    value_%d = %s\n", i, dollars(m.y))
		}
		return t + "    # put all of it together\n    result = " + answer + "\n    return result\n\nprint(amount())"
	}
	var numbers []string
	for i, m := range s.moves {
		if i == 0 {
			numbers = append(numbers, dollars(m.x))
		}
		numbers = append(numbers, dollars(m.y))
	}
	switch r.IntN(4) {
	case 0:
		return "First we read the problem with care. It mentions " + strings.Join(numbers, ", ") +
			". Next we combine these in the right way, in the order of the story, and so we obtain the amount.\nAnswer: " + answer
	case 1:
		cut := s
		cut.moves = s.moves[:len(s.moves)-1]
		text := render(r, cut, "?")
		text, _, _ = strings.Cut(text, "?")
		return text + "\nand after what remains to be done one arrives at this amount.\n" + pick(r, "Final answer: ", "#### ") + answer
	case 2:
		return "We use the rule that the amount is the price times the count, changed by all that comes later in the story.\n" +
			fmt.Sprintf("The count is %s and the price is %s.\n", dollars(first.x), dollars(first.y)) +
			"amount = price × count, with the later events taken into account.\nPutting in the values of the story we find " + answer + "."
	default:
		t := "Given:\n"
		for _, n := range numbers {
			t += "- a value of " + n + "\n"
		}
		return t + "\nWanted: the money in the end.\n\nSolution: the money in the end = " + answer + "\n\n**" + answer + "**"
	}
}
