package guard

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/leak"
)

// ByLeak refuses records with a held-out item in their prompt or context, or with the right answer
// in what the model was given, unless the record says that it leaks it. Without held-out items only
// the second is looked for. Answers of worked examples, the same before problems of other answers, are no
// leak.
func ByLeak(holdout *leak.Index) Observer { return &byLeak{holdout: holdout} }

type byLeak struct {
	holdout  *leak.Index
	examples leak.Examples
	observed int
}

// casesForExamples are seen to find worked examples: those of a run stand in all of its prompts.
const casesForExamples = 1000

// Observe learns which answers are worked examples'.
func (g *byLeak) Observe(c *Case) (more bool) {
	seen := map[[2]string]bool{}
	for _, r := range c.Records {
		gold := rightAnswer(r)
		if key := [2]string{r.Given, gold}; gold != "" && !seen[key] {
			seen[key] = true
			g.examples.See(r.Given, gold)
		}
	}
	g.observed++
	return g.observed < casesForExamples
}

// Observed needs nothing more.
func (*byLeak) Observed() {}

func (*byLeak) Name() string { return "leak" }

func (g *byLeak) Judge(c *Case) {
	// Most records of a problem have the same prompt.
	judged := map[[2]string]Refusal{}
	for r := range c.Live() {
		gold := rightAnswer(r)
		if g.holdout == nil && gold == "" {
			continue
		}
		given := r.Given + "\n" + r.Context
		key := [2]string{given, gold}
		refusal, seen := judged[key]
		if !seen {
			refusal = g.look(given, gold)
			judged[key] = refusal
		}
		if refusal.Code != "" {
			r.Refuse(g.Name(), refusal.Code, "%s", refusal.Reason)
			continue
		}
		r.Pass(g.Name())
	}
}

func (g *byLeak) look(given, gold string) Refusal {
	if g.holdout != nil {
		if found, ok := g.holdout.Check(given); ok && found.Leaked {
			return Refusal{Code: "holdout", Reason: fmt.Sprintf("%.0f %% of the %s of held-out item %s is in it", 100*found.Overlap, found.Part, found.Item)}
		}
	}
	if how, leaked := leak.Answer(g.examples.Without(given), gold); leaked {
		return Refusal{Code: "gold", Reason: "what the model was given says the right answer: " + how}
	}
	return Refusal{}
}

// rightAnswer is an answer that is known to be right; "" if the record has none, or shows the model
// its own solution as given.
func rightAnswer(r *Record) string {
	if r.Kind == feedbackgen.KindTurn || r.Kind == feedbackgen.KindEvaluation {
		return ""
	}
	for _, t := range r.Texts {
		if t.Outcome == feedbackgen.Pass {
			return t.Answer
		}
	}
	return ""
}

func (*byLeak) Report() Report { return Report{} }
