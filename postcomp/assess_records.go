package postcomp

import (
	"context"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/postcomp/score"
)

// whole is answer, marker and the rest as the assistant's message.
func (a assessed) whole() feedbackgen.Message {
	return feedbackgen.Message{Role: feedbackgen.RoleAssistant, Content: a.text, Thinking: a.thinking}
}

// segments are the parts of the text. A marker that was put there is nothing to learn.
func (a assessed) segments() []feedbackgen.Segment {
	var segments []feedbackgen.Segment
	for _, s := range a.scored.Segments {
		segments = append(segments, feedbackgen.Segment{
			Role: string(s.Role), Start: s.Start, End: s.End, Loss: s.Role != score.Marker || a.source == markerSampled,
		})
	}
	return segments
}

// predictions are what was predicted and what is true, by name, in one order.
func (a assessed) predictions() (names []string, predicted, truth []feedbackgen.Real) {
	names, predicted, truth = []string{}, []feedbackgen.Real{}, []feedbackgen.Real{}
	if !a.parsed() {
		return names, predicted, truth
	}
	for _, name := range formatOf("").Rewards {
		prediction, ok := a.scored.Predicted[name]
		if !ok {
			continue // no list was stated: the confidence predicts accuracy alone
		}
		names = append(names, name)
		predicted = append(predicted, feedbackgen.Real(prediction))
		truth = append(truth, feedbackgen.Real(a.scored.True[name]))
	}
	return names, predicted, truth
}

// real is a score, 0 where it is undefined; records say apart whether it is.
func real(x *float64) feedbackgen.Real {
	if x == nil {
		return 0
	}
	return feedbackgen.Real(*x)
}

func (w *work) writeAssessments(group []assessed) {
	for _, a := range group {
		names, predicted, truth := a.predictions()
		f := feedbackgen.AssessmentFeedback{
			Provenance: w.provenance(a.node), Segments: a.segments(), MarkerSource: a.source,
			Answer: a.judged.Answer, Outcome: a.outcome(), Parsed: a.parsed(), Invalid: string(a.scored.Invalid),
			RewardNames: names, Predicted: predicted, Truth: truth,
			Confidence: real(a.scored.Confidence), ConfidenceKind: string(a.scored.Kind),
			VerdictConfidence: feedbackgen.Real(a.yes), Agreement: feedbackgen.Real(a.agreement),
			Consistency: real(a.scored.Consistency), Calibrated: real(a.scored.RLCR), Reward: real(a.scored.Total),
			Advantage: feedbackgen.Real(a.advantage), Seed: a.attempt.seed, EvaluationSeed: a.seed,
		}
		if a.cut {
			f.Invalid = "truncated"
		}
		w.counts.Count("assessments", string(a.outcome()))
		w.records = append(w.records, feedbackgen.Assessment{
			Prompt: feedbackgen.Conversation(w.messages...), Completion: feedbackgen.Conversation(a.whole()), Feedback: f,
		})
	}
}

// writeGroup writes the whole texts with their rewards, if they differ. An assessment that cannot be
// read has the format's reward, and is no statement about the answer.
func (w *work) writeGroup(group []assessed) {
	g := feedbackgen.Group{Prompt: feedbackgen.Conversation(w.messages...)}
	differ, right := false, 0
	for _, a := range group {
		if a.scored.Total == nil {
			g.Feedback.Left++
			continue
		}
		outcome := a.scored.Outcome
		if outcome == feedbackgen.Pass {
			right++
		}
		differ = differ || a.advantage != 0
		g.Completions = append(g.Completions, feedbackgen.Conversation(a.whole()))
		g.Rewards = append(g.Rewards, real(a.scored.Total))
		g.Advantages = append(g.Advantages, feedbackgen.Real(a.advantage))
		g.Feedback.AnswerEnds = append(g.Feedback.AnswerEnds, len(a.scored.Answer(a.text)))
		g.Feedback.Answers = append(g.Feedback.Answers, a.judged.Answer)
		g.Feedback.Outcomes = append(g.Feedback.Outcomes, outcome)
		g.Feedback.Seeds = append(g.Feedback.Seeds, a.attempt.seed)
	}
	if !differ {
		w.counts.Count("groups", "all_alike")
		return
	}
	w.counts.Count("groups", "written")
	g.Feedback.Left += len(w.attempts) - len(group)
	g.Feedback.Provenance = w.provenance("0")
	g.Feedback.Rate = feedbackgen.Real(right) / feedbackgen.Real(len(g.Rewards))
	w.records = append(w.records, g)
}

// writeReasoning writes the first right answer, up to the marker: the model learns to go on to it.
func (w *work) writeReasoning(group []assessed) {
	for _, a := range group {
		if a.outcome() != feedbackgen.Pass || a.tail == 0 {
			continue
		}
		text := feedbackgen.Message{Role: feedbackgen.RoleAssistant, Content: a.text[:a.tail], Thinking: a.thinking}
		w.counts.Count("reasoning", "written")
		w.records = append(w.records, feedbackgen.SFT{
			Prompt: feedbackgen.Conversation(w.messages...), Completion: feedbackgen.Conversation(text),
			Feedback: feedbackgen.SFTFeedback{
				Provenance: w.provenance(a.node), Answer: a.judged.Answer, Outcome: a.outcome(),
				Value: w.provenanceRate(), Seed: a.attempt.seed,
			},
		})
		return
	}
	w.counts.Count("reasoning", "none_right")
}

func (w *work) provenanceRate() feedbackgen.Real {
	right, judged := passes(w.attempts)
	return feedbackgen.Real(right+1) / feedbackgen.Real(judged+2) // a uniform prior's posterior mean
}

// writeEvaluations writes what follows the marker as examples of their own, as many about right
// answers as about wrong ones: otherwise a constant is the best prediction.
func (w *work) writeEvaluations(ctx context.Context, group []assessed) error {
	var right, wrong []assessed
	for _, a := range group {
		switch {
		case !a.parsed():
		case a.outcome() == feedbackgen.Pass:
			right = append(right, a)
		default:
			wrong = append(wrong, a)
		}
	}
	n := min(len(right), len(wrong))
	w.counts.CountN(len(right)+len(wrong)-2*n, "evaluation_examples", "unbalanced")
	w.counts.CountN(2*n, "evaluation_examples", "written")
	for i := range n {
		for _, a := range []assessed{right[i], wrong[i]} {
			if err := w.writeEvaluation(ctx, a); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *work) writeEvaluation(ctx context.Context, a assessed) error {
	_, predicted, truth := a.predictions()
	f := feedbackgen.EvaluationFeedback{
		Provenance: w.provenance(a.node), Answer: a.judged.Answer, Outcome: a.outcome(),
		Honest: honest(predicted, truth), Weight: 1, Confidence: real(a.scored.Confidence),
		Predicted: predicted, Truth: truth, Seed: a.seed,
	}
	if !f.Honest {
		f.Weight = feedbackgen.Real(w.cfg.DishonestWeight)
	}
	record := feedbackgen.Evaluation{Feedback: f}
	if w.cfg.Render != nil {
		text, err := w.cfg.Render(ctx, w.messages, a.text[:a.tail])
		if err != nil {
			return &feedbackgen.Failure{Op: "render prompt", Subject: "problem " + w.problem.ID, Cause: err}
		}
		record.Prompt, record.Completion = feedbackgen.Text(text), feedbackgen.Text(a.text[a.tail:])
	} else {
		// Without the template, the beginning of the assistant's message is the prompt's last one.
		begun := feedbackgen.Assistant(a.text[:a.tail])
		record.Prompt = feedbackgen.Conversation(append(append([]feedbackgen.Message{}, w.messages...), begun)...)
		record.Completion = feedbackgen.Conversation(feedbackgen.Assistant(a.text[a.tail:]))
	}
	w.records = append(w.records, record)
	return nil
}

// honest reports whether what was predicted is true, to the nearer of 0 and 1; a half is neither.
func honest(predicted, truth []feedbackgen.Real) bool {
	for i, p := range predicted {
		if p == 0.5 || (p > 0.5) != (truth[i] > 0.5) {
			return false
		}
	}
	return true
}
