package guard_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/guard/leak"
)

var verbs = strings.Fields("adds takes buys sells finds loses gives counts packs moves bakes paints reads writes carries stacks sorts")

// run makes the records that a search leaves of a problem: two pairs, three labelled paths, a group
// of eight and a best path, about 1.2 kB each.
func problemRecords(rng *rand.Rand, problem int) []*guard.Record {
	word := func() string { return verbs[rng.IntN(len(verbs))] }
	a, b, c := rng.IntN(80)+10, rng.IntN(80)+10, rng.IntN(8)+2
	prompt := feedbackgen.Conversation(feedbackgen.User(fmt.Sprintf(
		"Tom %s %d boxes and %s %d more, then %s them %d times over. His friend %s half. How many boxes are there in the end when all is %s?",
		word(), a, word(), b, word(), c, word(), word())))
	solution := func(right bool) (string, string) {
		sum := a + b
		if !right {
			sum -= 10
		}
		text := fmt.Sprintf("First he %s: %d + %d = %d.\nThen it is %d times that: %d * %d = %d.\nSo they %s and %s.\nThe answer is %d.",
			word(), a, b, sum, c, sum, c, sum*c, word(), word(), sum*c)
		return text, fmt.Sprint(sum * c)
	}
	say := func(text string) feedbackgen.Content { return feedbackgen.Conversation(feedbackgen.Assistant(text)) }
	from := func(node string) feedbackgen.Provenance {
		return feedbackgen.Provenance{
			Problem: fmt.Sprintf("p%d", problem), Module: "mcts", Node: node, Policy: feedbackgen.Policy{Backend: "b", Model: "m", Digest: "d"},
			Verifier: "number", ProblemPasses: 5, ProblemRollouts: 10,
		}
	}
	side := func(node, text, answer string, outcome feedbackgen.Outcome) feedbackgen.Side {
		return feedbackgen.Side{Node: node, Step: text, Answer: answer, Outcome: outcome, Passes: 3, Rollouts: 4, Value: .7}
	}
	var records []feedbackgen.Record
	for i := range 2 {
		good, right := solution(true)
		bad, wrong := solution(false)
		records = append(records, feedbackgen.Preference{Prompt: prompt, Chosen: say(good), Rejected: say(bad), Feedback: feedbackgen.PreferenceFeedback{
			Provenance: from(fmt.Sprint("0.", i)), Type: feedbackgen.PathPair, Probability: 1,
			Chosen: side("0.1", good, right, feedbackgen.Pass), Rejected: side("0.2", bad, wrong, feedbackgen.Fail),
		}})
	}
	for i := range 3 {
		good, right := solution(true)
		records = append(records, feedbackgen.Stepwise{
			Prompt: prompt.Messages[0].Content, Completions: strings.Split(good, "\n"), Labels: []bool{true, true, true, true},
			Feedback: feedbackgen.StepwiseFeedback{Provenance: from(fmt.Sprint("0.", i)), Answer: right, Outcome: feedbackgen.Pass},
		})
	}
	group := feedbackgen.Group{Prompt: prompt, Feedback: feedbackgen.GroupFeedback{Provenance: from("0"), Rate: .5}}
	for i := range 8 {
		text, answer := solution(i%2 == 0)
		group.Completions = append(group.Completions, say(text))
		group.Rewards = append(group.Rewards, feedbackgen.Real(1-i%2))
		group.Advantages = append(group.Advantages, feedbackgen.Real(.5-float64(i%2)))
		group.Feedback.Answers = append(group.Feedback.Answers, answer)
		outcome := feedbackgen.Pass
		if i%2 == 1 {
			outcome = feedbackgen.Fail
		}
		group.Feedback.Outcomes = append(group.Feedback.Outcomes, outcome)
		group.Feedback.AnswerEnds = append(group.Feedback.AnswerEnds, len(text))
	}
	good, right := solution(true)
	records = append(records, group, feedbackgen.SFT{Prompt: prompt, Completion: say(good), Feedback: feedbackgen.SFTFeedback{
		Provenance: from("0.3"), Answer: right, Outcome: feedbackgen.Pass, Value: .9,
	}})
	return read(records...)
}

// cases makes n problems anew each time, so that nothing but the guards' own memory grows.
func manyCases(n int) func() iter.Seq2[*guard.Case, error] {
	return func() iter.Seq2[*guard.Case, error] {
		return func(yield func(*guard.Case, error) bool) {
			rng := rand.New(rand.NewPCG(1, 0))
			for i := range n {
				if !yield(&guard.Case{Problem: fmt.Sprintf("p%d", i), Records: problemRecords(rng, i)}, nil) {
					return
				}
			}
		}
	}
}

// BenchmarkAll is all guards over the records of a search, reading their JSON included: records/s is
// by wall time, bytes/record what the guards remember of each.
func BenchmarkAll(b *testing.B) {
	const problems = 12000
	lines := make([][][]byte, problems)
	rng := rand.New(rand.NewPCG(1, 0))
	records := 0
	for i := range lines {
		for _, r := range problemRecords(rng, i) {
			lines[i] = append(lines[i], r.Line)
			records++
		}
	}
	kinds := []feedbackgen.Kind{"preferences", "preferences", "steps", "steps", "steps", "groups", "sft"}
	again := func() iter.Seq2[*guard.Case, error] {
		return func(yield func(*guard.Case, error) bool) {
			for i := range lines {
				c := &guard.Case{Problem: fmt.Sprintf("p%d", i)}
				for j, line := range lines[i] {
					r, err := guard.Read(kinds[j], line)
					if err != nil {
						b.Fatal(err)
					}
					c.Records = append(c.Records, r)
				}
				if !yield(c, nil) {
					return
				}
			}
		}
	}
	for b.Loop() {
		chain, err := guard.Standard(guard.Settings{Holdout: []leak.Item{{ID: "h", Prompt: "A farmer has nine cows and buys seven goats at the market on Sunday."}}})
		if err != nil {
			b.Fatal(err)
		}
		kept := 0
		if err := chain.Sift(again, func(c *guard.Case) error {
			for range c.Live() {
				kept++
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		if kept == 0 {
			b.Fatal("nothing is kept")
		}
	}
	b.ReportMetric(float64(records*b.N)/b.Elapsed().Seconds(), "records/s")
}

// TestMemoryStaysFlat: what the guards remember of a record is bounded by the duplicate index.
func TestMemoryStaysFlat(t *testing.T) {
	heap := func(problems int) (uint64, int) {
		chain, err := guard.Standard(guard.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		records := 0
		if err := chain.Sift(manyCases(problems), func(c *guard.Case) error { records += len(c.Records); return nil }); err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		runtime.KeepAlive(chain)
		return m.HeapAlloc, records
	}
	small, few := heap(600)
	large, many := heap(3000)
	per := (float64(large) - float64(small)) / float64(many-few)
	t.Logf("%.0f bytes a record", per)
	if per > 250 {
		t.Errorf("%.0f bytes a record, want at most 200 of the index and little else", per)
	}
}
