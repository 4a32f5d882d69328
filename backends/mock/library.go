package mock

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// Facts is a document of many sentences, each with a number that nothing else tells.
func Facts(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "Crate %d of the Oriel depot holds %d lamps and stands in row %d.\n\n", i, 1000+37*i, i%7+1)
	}
	return text.String()
}

// Library plays all roles of self-play about [Facts]. Who is asked shows in the words of the prompt, because
// servers see nothing else. What it says depends on the request alone.
type Library struct {
	// Before, if given, is called with each request, and may fail it.
	Before func(ctx context.Context, req backends.Request) error
	// Each, if given, replaces what a role says to the last message; the rng is the draw's.
	Challenger, Solver, Judge, Proposer func(text string, rng *rand.Rand) string
}

// Policy is of a toy.
func (b *Library) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Backend: "toy", Model: "toy"}, nil
}

// Generate plays the role that the last message asks for.
func (b *Library) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	if b.Before != nil {
		if err := b.Before(ctx, req); err != nil {
			return backends.Response{}, err
		}
	}
	var res backends.Response
	for i := range req.N {
		seed := req.Sampling.Seed + int64(i)
		rng := rand.New(rand.NewPCG(uint64(seed), 5))
		res.Samples = append(res.Samples, backends.Sample{Text: b.text(req, rng), Finish: backends.FinishStop, Seed: seed, Tokens: 9})
	}
	return res, nil
}

func (b *Library) text(req backends.Request, rng *rand.Rand) string {
	text := req.Messages[len(req.Messages)-1].Content
	for _, role := range []struct {
		mark          string
		says, usually func(string, *rand.Rand) string
	}{
		{"Write one task about this part of the document", b.Challenger, Writes},
		{"Answer this question", b.Solver, Solves(0.5, 0)},
		{"You grade an answer", b.Judge, Judges(0)},
		{"You compare two answers", b.Judge, Judges(0)},
		{"What goes wrong, and why?", b.Proposer, Proposes},
		{"edits of the skills", b.Proposer, Proposes},
	} {
		switch {
		case !strings.Contains(text, role.mark):
		case role.says != nil:
			return role.says(text, rng)
		default:
			return role.usually(text, rng)
		}
	}
	return "I do not know that part."
}

var crateText = regexp.MustCompile(`Crate (\d+) of the Oriel depot holds (\d+) lamps`)

// Writes asks about a random crate of the part.
func Writes(text string, rng *rand.Rand) string {
	_, part, _ := strings.Cut(text, `"""`)
	all := crateText.FindAllStringSubmatch(part, -1)
	c := all[rng.IntN(len(all))]
	reply, _ := json.Marshal(map[string]any{
		"task":   fmt.Sprintf("How many lamps does crate %s of the depot hold, variant %d, as counted in week %d?", c[1], rng.IntN(1e6), rng.IntN(1e6)),
		"answer": c[2], "quote": c[0], "rubrics": []string{"It says " + c[2] + ".", "It is about crate " + c[1] + "."},
	})
	return string(reply)
}

var crateAsked = regexp.MustCompile(`How many lamps does crate (\d+) `)

// Solves is right with probability p, and with the bonus more where the prompt has the skill.
func Solves(p, bonus float64) func(string, *rand.Rand) string {
	return func(text string, rng *rand.Rand) string {
		c := crateAsked.FindStringSubmatch(text)
		chance := p
		if strings.Contains(text, "Read the row twice") {
			chance += bonus
		}
		var n int
		_, _ = fmt.Sscan(c[1], &n)
		said := 1000 + 37*n
		if rng.Float64() >= chance {
			said += 1 + rng.IntN(30)
		}
		return fmt.Sprintf("I looked it up %d times.\nConfidence: %d%%\nThe answer is %d.", rng.IntN(9), rng.IntN(100), said)
	}
}

var gradedText = regexp.MustCompile(`(?s)right answer, for you to compare with:\n(.*?)\n.*answer-\w+\n(.*)\nanswer-`)

// Judges compares with the reference, and errs with a probability.
func Judges(errs float64) func(string, *rand.Rand) string {
	return func(text string, rng *rand.Rand) string {
		if strings.Contains(text, "A, B or tie") {
			return compares(text)
		}
		m := gradedText.FindStringSubmatch(text)
		right := m != nil && strings.Contains(lastLine(m[2]), m[1]) && !strings.Contains(m[2], "requirement")
		if rng.Float64() < errs {
			right = !right
		}
		n := strings.Count(text[strings.LastIndex(text, "Requirements:"):strings.LastIndex(text, "For each requirement")], "\n") - 1
		word := map[bool]string{true: `"yes"`, false: `"no"`}[right]
		return "[" + strings.TrimSuffix(strings.Repeat(word+", ", n-1), ", ") + "]"
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

var comparedText = regexp.MustCompile(`(?s)right answer, for you to compare with:\n(.*?)\n.*answer-\w+ A\n(.*)\nanswer-\w+ B\n(.*)\nanswer-`)

func compares(text string) string {
	m := comparedText.FindStringSubmatch(text)
	a, b := strings.Contains(lastLine(m[2]), m[1]), strings.Contains(lastLine(m[3]), m[1])
	switch {
	case a && !b:
		return "A"
	case b && !a:
		return "B"
	}
	return "tie"
}

// Proposes a skill, or another body for it.
func Proposes(text string, rng *rand.Rand) string {
	if !strings.Contains(text, `{"edits"`) {
		return "Numbers are confused with those of other rows. Add a skill about that."
	}
	body := fmt.Sprintf("Read the row twice before you say a number, and look %d lines up.", rng.IntN(5))
	if strings.Contains(text, "## read-twice") {
		return fmt.Sprintf(`{"edits":[{"action":"replace","id":"read-twice","description":"For numbers.","body":%q}]}`, body)
	}
	return fmt.Sprintf(`{"edits":[{"action":"add","name":"read twice","description":"For numbers.","body":%q}]}`, body)
}

// FactAnchors are tasks with known answers that [Judges] can grade, as JSON lines.
func FactAnchors(n int) []byte {
	var lines []byte
	for i := range n {
		lines = fmt.Appendf(lines, `{"id":"anchor-%d","task":"How many boats are there?","rubrics":["It says how many.","It is a number."],"reference":"%d","right":["There are %[2]d"],"wrong":["There are %d"]}`+"\n", i, 500+13*i, 7000+i)
	}
	return lines
}
