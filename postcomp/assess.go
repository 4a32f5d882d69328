package postcomp

import (
	"context"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/postcomp/score"
)

// Sources of the marker.
const (
	markerForced  = "forced"
	markerSampled = "sampled"
)

// assessed is an answer with what the model says of it.
type assessed struct {
	attempt
	node   string
	text   string // answer, marker and the rest
	tail   int    // where the rest begins
	seed   int64  // of the rest
	cut    bool   // the rest was cut off by the token limit
	source string // of the marker
	// yes is the probability of that verdict, asked apart, and agreement the share of other answers that
	// say the same; below 0 if unknown.
	yes, agreement float64
	scored         score.Scored
	advantage      float64
}

// formatOf is how assessments are written: a confidence, and optionally a list of the rewards that
// the completion will earn.
func formatOf(marker string) score.Format {
	return score.Format{Marker: marker, Rewards: []string{score.RewardAccuracy, score.RewardFormat}}
}

// read takes a sample apart into answer and the rest. A server that does not stop at the marker
// writes more than was asked; that is dropped where the marker is ours to put.
func (w *work) read(s backends.Sample) attempt {
	a := attempt{text: s.Text, thinking: s.Thinking, truncated: s.Finish != backends.FinishStop, seed: s.Seed, source: feedbackgen.OwnAttempt}
	if w.cfg.Mode != Assess {
		return a
	}
	answer, after, marked := strings.Cut(s.Text, w.cfg.Marker)
	if marked {
		// The answer had ended, whatever became of the rest.
		a.text, a.after, a.marked, a.cut = answer, after, w.cfg.Continuation == backends.None, a.truncated
		a.truncated = false
	}
	return a
}

// assess has each answer evaluated, and writes what came of it.
func (w *work) assess(ctx context.Context) error {
	var all []assessed
	for i, a := range w.attempts {
		if a.outcome().IsLabel() {
			all = append(all, assessed{attempt: a, node: nodeOf(i), yes: -1})
		}
	}
	refused, err := w.each(ctx, len(all), func(ctx context.Context, i int) error { return w.evaluate(ctx, &all[i]) })
	if err != nil {
		return err
	}
	w.counts.CountN(refused, "evaluations", "error")
	done := all[:0]
	for _, a := range all {
		if a.text != "" {
			done = append(done, a)
		}
	}
	w.withholdRareVerdicts(done)
	w.score(done)
	w.writeAssessments(done)
	w.writeGroup(done)
	w.writeReasoning(done)
	return w.writeEvaluations(ctx, done)
}

// evaluate lets the model go on after its answer and the marker.
func (w *work) evaluate(ctx context.Context, a *assessed) error {
	head := strings.TrimRight(a.attempt.text, " \t\r\n") + "\n" + w.cfg.Marker + "\n"
	rest, source := strings.TrimPrefix(a.after, "\n"), markerSampled
	seed := a.attempt.seed
	if w.cfg.Continuation != backends.None {
		sampling := w.sampling(w.problem, a.node, "assess", 0)
		sampling.MaxTokens = min(sampling.MaxTokens, w.cfg.EvaluationTokens)
		samples, err := w.generate(ctx, w.request(w.messages, head, 1, sampling))
		if err != nil {
			return err
		}
		rest, source, seed, a.cut = samples[0].Text, markerForced, samples[0].Seed, samples[0].Finish != backends.FinishStop
	} else {
		a.cut = a.attempt.cut
		if !a.marked {
			head = a.attempt.text // the model wrote no marker: that is what there is to read
		}
	}
	if w.cfg.Verdicts {
		said, err := w.askVerdict(ctx, strings.TrimSpace(a.attempt.text), a.node)
		if err != nil {
			return err
		}
		a.yes = said.confidence
	}
	a.text, a.tail, a.source, a.seed = head+rest, len(head), source, seed
	return nil
}

// score reads and scores the assessments of a group, and compares them.
func (w *work) score(group []assessed) {
	batch := make([]score.Completion, len(group))
	for i, a := range group {
		batch[i] = score.Completion{Text: a.text, Correct: a.outcome()}
		if a.cut {
			batch[i].Correct = feedbackgen.Invalid // "confidence: 0.9" may have been on its way to 0.95
		}
	}
	var rewards []float64
	var places []int
	for i, scored := range score.Score(batch, formatOf(w.cfg.Marker), w.cfg.Weights) {
		group[i].scored = scored
		group[i].agreement = w.agreement(group, i)
		if scored.Total != nil {
			rewards, places = append(rewards, *scored.Total), append(places, i)
		}
		switch {
		case scored.Outcome.IsLabel():
			w.counts.Count("evaluations", "parsed", string(scored.Kind))
		case group[i].cut:
			w.counts.Count("evaluations", "invalid", "truncated")
		default:
			w.counts.Count("evaluations", "invalid", strings.ReplaceAll(string(scored.Invalid), " ", "_"))
		}
	}
	for i, advantage := range w.advantages(rewards) {
		group[places[i]].advantage = advantage
	}
}

// agreement is the share of the other answers that say the same, below 0 if there is no other.
func (w *work) agreement(group []assessed, i int) float64 {
	if len(group) < 2 {
		return -1
	}
	same := 0
	for j := range group {
		if j != i && w.rule.Equal(group[i].judged.Answer, group[j].judged.Answer) {
			same++
		}
	}
	return float64(same) / float64(len(group)-1)
}

// parsed says that an assessment can be read and its answer was judged.
func (a assessed) parsed() bool { return a.scored.Outcome.IsLabel() }
