package export_test

import (
	"encoding/json"
	"iter"

	"github.com/feedbackgen/feedbackgen"
)

// memory is a Source of records that are there already.
type memory map[feedbackgen.Kind][][]byte

func (m memory) Records(kind feedbackgen.Kind) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, line := range m[kind] {
			if !yield(line, nil) {
				return
			}
		}
	}
}

func sourceOf(records ...feedbackgen.Record) memory {
	m := memory{}
	for _, record := range records {
		line, err := json.Marshal(record)
		if err != nil {
			panic(err) // records are plain data
		}
		m[record.Kind()] = append(m[record.Kind()], line)
	}
	return m
}

func provenance(problem, node string) feedbackgen.Provenance {
	return feedbackgen.Provenance{
		Problem: problem, Module: "mcts", Node: node,
		Policy:   feedbackgen.Policy{Backend: "ollama", Model: "smollm2:135m", Digest: "sha256:5f5ae3d1"},
		Sampling: feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 256, Seed: 7},
		Prompts:  "sha256:0a1b", Continuation: "native", Verifier: "number",
	}
}

// sample is what is hard on a reader that infers types: text beyond ASCII, thinking in some
// messages only, no stop strings, floats that are whole numbers in the first lines, empty texts.
func sample() memory {
	ask := feedbackgen.Conversation(
		feedbackgen.Message{Role: feedbackgen.RoleSystem, Content: "Antworte kurz — 简短地."},
		feedbackgen.User("Wie viel ist ½ + ½? \u2028 \"Zahl\" genügt. 😀"))
	say := func(content, thinking string) feedbackgen.Content {
		return feedbackgen.Conversation(feedbackgen.Message{Role: feedbackgen.RoleAssistant, Content: content, Thinking: thinking})
	}
	side := func(node, step string, value feedbackgen.Real, outcome feedbackgen.Outcome) feedbackgen.Side {
		return feedbackgen.Side{Node: node, Step: step, Value: value, Passes: 4, Rollouts: 8, Multiplicity: 1, Answer: step, Outcome: outcome, Seed: 1 << 60}
	}
	pair := func(problem string, chosen feedbackgen.Content, p, value feedbackgen.Real) feedbackgen.Preference {
		return feedbackgen.Preference{
			Prompt: ask, Chosen: chosen, Rejected: say("2\n", ""),
			Feedback: feedbackgen.PreferenceFeedback{
				Provenance: provenance(problem, "0.1"), Type: feedbackgen.PathPair, Probability: p,
				Chosen: side("0.1", "1", value, feedbackgen.Pass), Rejected: side("0.2", "", 0, feedbackgen.Fail),
			},
		}
	}
	steps := func(problem string, values ...feedbackgen.Real) feedbackgen.Stepwise {
		return feedbackgen.Stepwise{
			Prompt: "½ + ½?", Completions: []string{"Zwei Hälften", "sind 1."}, Labels: []bool{true, true}, SoftLabels: values,
			Feedback: feedbackgen.StepwiseFeedback{
				Provenance: provenance(problem, "0.1.0"), Passes: []int{4, 8}, Rollouts: []int{8, 8}, Visits: []int{9, 8},
				Answer: "1", Outcome: feedbackgen.Pass,
			},
		}
	}
	group := feedbackgen.Group{
		Prompt: ask, Completions: []feedbackgen.Content{say("1", ""), say("2", "geraten")},
		Rewards: []feedbackgen.Real{1, 0}, Advantages: []feedbackgen.Real{0.7071, -0.7071},
		Feedback: feedbackgen.GroupFeedback{
			Provenance: provenance("p1", "0"), Rate: 0.5, AnswerEnds: []int{1, 1}, Answers: []string{"1", "2"},
			Outcomes: []feedbackgen.Outcome{feedbackgen.Pass, feedbackgen.Fail}, Seeds: []int64{1, 2},
		},
	}
	return sourceOf(
		pair("p1", say("1", "Zwei Hälften …"), 1, 1),
		pair("p2", say("1", ""), 1, 1),
		pair("line-3", say("1", ""), 0.975, 0.8125),
		steps("p1", 1, 1), steps("p2", 0.5, 1e-9),
		group,
	)
}
