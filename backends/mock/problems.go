package mock

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"

	"github.com/feedbackgen/feedbackgen"
)

// Problems returns n problems, each a plain prompt with all that [Model] needs, and the right
// answer. Of every five, one is easy (one small step, hardly ever wrong), one is too hard (a
// multiplication that the model hardly ever gets right), and three lie between. Equal seeds give
// equal problems, and problem i does not depend on n.
func Problems(n int, seed int64) []feedbackgen.Problem {
	problems := make([]feedbackgen.Problem, n)
	for i := range problems {
		s := makeSum(i, rand.New(rand.NewPCG(uint64(seed), uint64(i))))
		problems[i] = feedbackgen.Problem{
			ID:     fmt.Sprintf("sum-%05d", i),
			Index:  i,
			Prompt: []feedbackgen.Message{feedbackgen.User(s.String())},
			Plain:  true,
			Answer: strconv.Itoa(s.answer()),
		}
	}
	return problems
}

func makeSum(i int, rng *rand.Rand) sum {
	s := sum{start: 1 + rng.IntN(20)}
	steps := 2 + rng.IntN(3)
	switch i % 5 {
	case 0: // easy
		s.ops = []operation{{'+', 1 + rng.IntN(9)}}
		return s
	case 4: // too hard
		s.ops = append(s.ops, operation{'*', hardOperand + rng.IntN(40)})
	}
	for len(s.ops) < steps {
		sign := [...]byte{'+', '-', '*'}[rng.IntN(3)]
		s.ops = append(s.ops, operation{sign, 2 + rng.IntN(8)})
	}
	return s
}

// WriteProblems writes problems as JSON lines, as --problems reads them.
func WriteProblems(w io.Writer, problems []feedbackgen.Problem) error {
	out := json.NewEncoder(w)
	for _, p := range problems {
		line := struct {
			ID     string `json:"id"`
			Prompt any    `json:"prompt"`
			Answer string `json:"answer,omitempty"`
		}{p.ID, p.Prompt, p.Answer}
		if p.Plain && len(p.Prompt) == 1 {
			line.Prompt = p.Prompt[0].Content
		}
		if err := out.Encode(line); err != nil {
			return fmt.Errorf("write problem %s: %w", p.ID, err)
		}
	}
	return nil
}
