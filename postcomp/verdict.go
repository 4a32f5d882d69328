package postcomp

import (
	"context"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends/verdict"
)

// spoken is a verdict that the model gave of an answer.
type spoken struct {
	text   string
	prompt []feedbackgen.Message
	// right is what it says; an unreadable verdict says neither.
	right, readable bool
	// confidence is the probability of a verdict that the answer is right, from the log-probabilities of the
	// tokens up to its word; below 0 if there is none. Beware of a model that mostly says neither yes nor no, see
	// [work.withholdRareVerdicts].
	confidence float64
	seed       int64
}

// askVerdict asks whether a solution is right. It is a conversation of its own, without what led to
// the solution.
func (w *work) askVerdict(ctx context.Context, solution, node string) (spoken, error) {
	prompt, err := w.cfg.Prompts.verdict(w.problem, solution)
	if err != nil {
		return spoken{}, err
	}
	sampling := w.sampling(w.problem, node, "verdict", 0)
	sampling.MaxTokens = min(sampling.MaxTokens, w.cfg.EvaluationTokens)
	req := w.request(prompt, "", 1, sampling)
	req.Logprobs = w.cfg.Verdicts
	samples, err := w.generate(ctx, req)
	if err != nil {
		return spoken{}, err
	}
	s := samples[0]
	said := spoken{text: s.Text, prompt: prompt, seed: s.Seed, confidence: -1}
	said.right, said.readable = verdict.Read(s.Text)
	if p, ok := verdict.Said(s); ok {
		// Yes and no are taken to be all that it can be.
		said.confidence = p
		if !said.right {
			said.confidence = 1 - p
		}
	}
	return said, nil
}

// withholdRareVerdicts takes the confidences of verdicts back, where not more than half of a problem's
// answers have one: of a model that mostly says neither yes nor no, a rare no would make its answer likely
// to be right.
func (w *work) withholdRareVerdicts(all []assessed) {
	known := lo.CountBy(all, func(a assessed) bool { return a.yes >= 0 })
	if known == 0 || 2*known > len(all) {
		return
	}
	for i := range all {
		all[i].yes = -1
	}
	w.counts.CountN(known, "verdicts_withheld")
}
