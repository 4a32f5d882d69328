package guard_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard"
)

// group is solutions of one task, each in one of two formats.
func group(problem string, size int, rng *rand.Rand) feedbackgen.Group {
	var g feedbackgen.Group
	g.Prompt = feedbackgen.Conversation(feedbackgen.User(apples))
	g.Feedback.Provenance = solved(problem, "", "", "", size/2, size).Feedback.Provenance
	for range size {
		text := fmt.Sprintf("%d + 9 = 23\n23 - 3 = 20\nThe answer is 20.", rng.IntN(90))
		if rng.IntN(3) == 0 {
			text = fmt.Sprintf("- First, **%d** apples.\n- Then, **9** more.\n\n# Answer\n\n**20**", rng.IntN(90))
		}
		g.Completions = append(g.Completions, feedbackgen.Conversation(feedbackgen.Assistant(text)))
		g.Rewards, g.Advantages = append(g.Rewards, 1), append(g.Advantages, 0)
		g.Feedback.Answers = append(g.Feedback.Answers, "20")
		g.Feedback.Outcomes = append(g.Feedback.Outcomes, feedbackgen.Pass)
		g.Feedback.AnswerEnds = append(g.Feedback.AnswerEnds, len(text))
	}
	return g
}

// formats are what the guard leaves of cases.
func formats(t *testing.T, base *guard.Formats, cases ...*guard.Case) ([]byte, guard.Report) {
	t.Helper()
	f := guard.ByFormat(base)
	for _, c := range cases {
		f.Observe(c)
	}
	f.Observed()
	return f.Files()[guard.FormatsFile], f.Report()
}

// Self-play makes all its tasks from one chain: their formats are told, and watched, as those of problems
// that were given are. What the model wrote when it was asked for tasks is no answer to any.
func TestFormatsOfSelfPlayAreToldByTask(t *testing.T) {
	const tasks = 12
	chain := &guard.Case{Problem: "chain"}
	var given []*guard.Case
	rng := rand.New(rand.NewPCG(1, 0))
	for i := range tasks {
		id := fmt.Sprintf("chain.1.%d", i)
		records := read(group(id, 30, rng))
		given = append(given, &guard.Case{Problem: id, Records: records})
		chain.Records = append(chain.Records, records...)
		var challenge feedbackgen.Challenge
		challenge.Feedback.Problem = "chain"
		challenge.Completions = []feedbackgen.Content{feedbackgen.Conversation(feedbackgen.Assistant("Count 1 and 2.\nExpression: 1 + 2"))}
		chain.Records = append(chain.Records, read(challenge)...)
	}
	together, report := formats(t, nil, chain)
	base, err := guard.ReadFormats(together)
	if err != nil || base.Alarm == nil {
		t.Fatalf("no alarm came of %d tasks with 30 solutions each: %v, %q", tasks, err, report.Notes)
	}
	apart, _ := formats(t, nil, given...)
	if !bytes.Equal(together, apart) {
		t.Errorf("one chain gives\n%s\nthe same tasks one by one\n%s", together, apart)
	}
	// A chain of a later policy, which writes nothing but one of them.
	later := &guard.Case{Problem: "chain"}
	for i := range 2 * tasks {
		g := group(fmt.Sprintf("chain.1.%d", i), 30, rng)
		for j := range g.Completions {
			g.Completions[j] = feedbackgen.Conversation(feedbackgen.Assistant("- First, **14** apples.\n- Then, **9** more.\n\n# Answer\n\n**20**"))
			g.Feedback.AnswerEnds[j] = 1 << 20
		}
		later.Records = append(later.Records, read(g)...)
	}
	if _, report := formats(t, base, later); !strings.Contains(strings.Join(report.Notes, "\n"), "takes over") {
		t.Errorf("a format took over unseen: %q", report.Notes)
	}
}
