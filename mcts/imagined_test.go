package mcts_test

import (
	"testing"

	"github.com/feedbackgen/feedbackgen"
)

// A record says how large the agreement is that stands for a known answer, and nothing where none does.
func TestRecordsSayHowLargeTheAgreementIs(t *testing.T) {
	for answer, agreed := range map[string]bool{"": true, "4": false} {
		seen := 0
		for _, record := range search(t, continuing, &toy{}, problem(answer)).Records {
			g, ok := record.(feedbackgen.Group)
			if !ok {
				continue
			}
			seen++
			votes, solutions := g.Feedback.AgreementVotes, g.Feedback.AgreementSolutions
			if agreed && (solutions != 8 || 2*votes < solutions || votes > solutions) {
				t.Errorf("%d of the group's 8 agree, says the record: of %d", votes, solutions)
			}
			if !agreed && (votes != 0 || solutions != 0) {
				t.Errorf("the answer is known, yet %d of %d agree", votes, solutions)
			}
		}
		if seen == 0 {
			t.Errorf("answer %q: no group", answer)
		}
	}
}

// An imagined problem is written down with its answer, and judged by it.
func TestAnImaginedProblemIsARecord(t *testing.T) {
	p := problem("4")
	p.Descent = &feedbackgen.Descent{Way: "invert", Parents: []string{"a", "b"}, Votes: 6, Solutions: 8, Prompts: "digest", Seed: 5}
	for _, record := range search(t, continuing, &toy{}, p).Records {
		if r, ok := record.(feedbackgen.Imagined); ok {
			f := r.Feedback
			if r.Answer != "4" || f.Way != "invert" || f.Parents != "a,b" || f.AgreementVotes != 6 || f.AgreementSolutions != 8 ||
				f.Verifier != "self-consistency:number" || f.Seed != 5 || f.WritingPrompts != "digest" || f.Text != "2+2?" || f.ProblemRollouts == 0 {
				t.Errorf("got %+v", r)
			}
			return
		}
	}
	t.Error("no record of the problem itself")
}
