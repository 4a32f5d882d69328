package postcomp

import (
	"context"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard/shortcut"
	"github.com/feedbackgen/feedbackgen/postcomp/score"
)

// first is a first answer with what followed it. Equal answers are one, with their multiplicity.
type first struct {
	attempt
	node         string
	multiplicity int
	prompt       []feedbackgen.Message // the second turn
	seconds      []attempt
	verdict      *spoken
	retryPrompt  []feedbackgen.Message
	retry        *attempt
}

// correct asks for second answers and verdicts, and writes what came of them.
func (w *work) correct(ctx context.Context) error {
	firsts, err := w.firsts()
	if err != nil {
		return err
	}
	refused, err := w.each(ctx, len(firsts), func(ctx context.Context, i int) error { return w.follow(ctx, &firsts[i]) })
	if err != nil {
		return err
	}
	w.counts.CountN(refused, "followed", "error")
	w.counts.CountN(len(firsts)-refused, "followed", "done")
	w.bank(firsts)
	w.episodes(firsts)
	w.pairs(firsts)
	w.traces(firsts)
	w.corrections(firsts)
	return nil
}

// firsts are the first answers to go on from: the model's own that can be judged, then foreign ones.
func (w *work) firsts() ([]first, error) {
	var firsts []first
	add := func(a attempt, node string) error {
		for i := range firsts {
			if firsts[i].text == a.text && firsts[i].source == a.source {
				firsts[i].multiplicity++
				return nil
			}
		}
		prompt, err := w.cfg.Prompts.again(reviseFile, w.messages, a.text)
		firsts = append(firsts, first{attempt: a, node: node, multiplicity: 1, prompt: prompt})
		return err
	}
	for i, a := range w.attempts {
		if a.outcome().IsLabel() {
			if err := add(a, nodeOf(i)); err != nil {
				return nil, err
			}
		}
	}
	for i, text := range w.cfg.Foreign[w.problem.ID] {
		a := attempt{text: strings.TrimSpace(text), source: feedbackgen.ForeignAttempt, judged: w.check(text, false)}
		if !a.outcome().IsLabel() {
			w.counts.Count("foreign", "invalid")
			continue
		}
		w.counts.Count("foreign", string(a.outcome()))
		if err := add(a, "f"+nodeOf(i)); err != nil {
			return nil, err
		}
	}
	return firsts, nil
}

// follow draws second answers, a verdict, and a retry if the verdict is that the answer is wrong.
func (w *work) follow(ctx context.Context, f *first) error {
	samples, err := w.generate(ctx, w.request(f.prompt, "", w.cfg.Second, w.sampling(w.problem, f.node, "second", 0)))
	if err != nil {
		return err
	}
	for _, s := range samples {
		f.seconds = append(f.seconds, w.plain(s))
	}
	said, err := w.askVerdict(ctx, f.text, f.node)
	if err != nil {
		return err
	}
	f.verdict = &said
	if !said.readable || said.right {
		return nil
	}
	f.retryPrompt, err = w.cfg.Prompts.again(retryFile, w.messages, f.text)
	if err != nil {
		return err
	}
	samples, err = w.generate(ctx, w.request(f.retryPrompt, "", 1, w.sampling(w.problem, f.node, "retry", 0)))
	if err != nil {
		return err
	}
	retry := w.plain(samples[0])
	f.retry = &retry
	return nil
}

// plain reads a sample that is all answer.
func (w *work) plain(s backends.Sample) attempt {
	truncated := s.Finish != backends.FinishStop
	return attempt{
		text: s.Text, thinking: s.Thinking, truncated: truncated, seed: s.Seed,
		judged: w.check(s.Text, truncated), source: feedbackgen.OwnAttempt,
	}
}

// bank writes the states that a trainer samples second answers from.
func (w *work) bank(firsts []first) {
	for _, f := range firsts {
		w.counts.Count("first_attempts", f.source)
		w.records = append(w.records, feedbackgen.FirstAttempt{
			Prompt: feedbackgen.Conversation(f.prompt...),
			Feedback: feedbackgen.FirstAttemptFeedback{
				Provenance: w.about(f), FirstAttemptSource: f.source, Attempt: f.text,
				Answer: f.judged.Answer, Outcome: f.outcome(), Reward: reward(f.outcome()), Gold: w.gold,
				Multiplicity: f.multiplicity, FirstWrongStep: firstWrongStep(f.text), Seed: f.seed,
			},
		})
	}
}

// firstWrongStep is the first line that holds a false equation, from 0; -1 if there is none.
func firstWrongStep(text string) int {
	for i, line := range strings.Split(text, "\n") {
		alone := []shortcut.Rollout{{Text: line, Outcome: feedbackgen.Pass}}
		if shortcut.Screen("", alone).Judgements[0].Has(shortcut.WrongStep) {
			return i
		}
	}
	return -1
}

// about is the provenance of what followed a first answer.
func (w *work) about(f first) feedbackgen.Provenance {
	p := w.provenance(f.node)
	p.OffPolicy = f.source == feedbackgen.ForeignAttempt
	return p
}

// reward is 1 for right and 0 for wrong; nothing else has one.
func reward(o feedbackgen.Outcome) feedbackgen.Real {
	if o == feedbackgen.Pass {
		return 1
	}
	return 0
}

// episodes writes each first answer with each of its second ones. The first turn's advantage is
// against the other first answers, the second's against those to the same second turn: no credit
// crosses turns.
func (w *work) episodes(firsts []first) {
	var opening []float64
	for _, f := range firsts {
		opening = append(opening, float64(reward(f.outcome())))
	}
	openings := w.advantages(opening)
	for i, f := range firsts {
		var shaped []float64
		var judged []attempt
		for _, s := range f.seconds {
			transition := score.TransitionOf(f.outcome(), s.outcome())
			if transition == "" {
				w.counts.Count("episodes", "invalid")
				continue
			}
			w.counts.Count("episodes", string(transition))
			_, second := score.Shaped(float64(reward(f.outcome())), float64(reward(s.outcome())), w.cfg.Alpha)
			shaped = append(shaped, second)
			judged = append(judged, s)
		}
		second := w.advantages(shaped)
		for j, s := range judged {
			r1 := reward(f.outcome())
			edited, _ := score.EditRatio(f.text, s.text)
			w.records = append(w.records, feedbackgen.Episode{
				Prompt:     feedbackgen.Conversation(w.messages...),
				Completion: feedbackgen.Conversation(assistant(f.attempt), f.prompt[len(f.prompt)-1], assistant(s)),
				Feedback: feedbackgen.EpisodeFeedback{
					Provenance: w.about(f), FirstAttemptSource: f.source, Multiplicity: f.multiplicity,
					Answers:  []string{f.judged.Answer, s.judged.Answer},
					Outcomes: []feedbackgen.Outcome{f.outcome(), s.outcome()},
					Rewards:  []feedbackgen.Real{r1, reward(s.outcome())},
					Shaped:   []feedbackgen.Real{r1, feedbackgen.Real(shaped[j])},
					Advantages: []feedbackgen.Real{
						feedbackgen.Real(openings[i]), feedbackgen.Real(second[j]),
					},
					Alpha: feedbackgen.Real(w.cfg.Alpha), Transition: string(score.TransitionOf(f.outcome(), s.outcome())),
					EditRatio:     feedbackgen.Real(edited),
					AnswerChanged: !w.rule.Equal(f.judged.Answer, s.judged.Answer),
					Seeds:         []int64{f.seed, s.seed},
				},
			})
		}
	}
}

func (w *work) advantages(rewards []float64) []float64 {
	advantages, err := score.Advantages(rewards, w.cfg.Norm, w.cfg.Cap)
	if err != nil {
		panic(err) // rewards are finite by construction
	}
	return advantages
}

func assistant(a attempt) feedbackgen.Message {
	return feedbackgen.Message{Role: feedbackgen.RoleAssistant, Content: a.text, Thinking: a.thinking}
}

// pairs writes a right second answer against a wrong one to the very same second turn.
func (w *work) pairs(firsts []first) {
	left := w.cfg.MaxPairs
	for _, f := range firsts {
		var right, wrong []attempt
		for _, s := range f.seconds {
			switch s.outcome() {
			case feedbackgen.Pass:
				right = append(right, s)
			case feedbackgen.Fail:
				wrong = append(wrong, s)
			}
		}
		for i := range min(len(right), len(wrong)) {
			if left == 0 {
				w.counts.Count("pairs", "over_limit")
				continue
			}
			left--
			w.counts.Count("pairs", "written")
			w.records = append(w.records, feedbackgen.Preference{
				Prompt:   feedbackgen.Conversation(f.prompt...),
				Chosen:   feedbackgen.Conversation(assistant(right[i])),
				Rejected: feedbackgen.Conversation(assistant(wrong[i])),
				Feedback: feedbackgen.PreferenceFeedback{
					Provenance: w.about(f), Type: feedbackgen.CorrectionPair, Probability: 1,
					Chosen: side(f, right[i]), Rejected: side(f, wrong[i]),
				},
			})
		}
	}
}

// side is a second answer as one side of a preference: it is whole, so its value is certain.
func side(f first, a attempt) feedbackgen.Side {
	return feedbackgen.Side{
		Node: f.node, Step: a.text, Value: reward(a.outcome()), Passes: int(reward(a.outcome())), Rollouts: 1,
		Multiplicity: 1, Answer: a.judged.Answer, Outcome: a.outcome(), Seed: a.seed,
	}
}

// corrections writes second answers to imitate, a few of each class.
func (w *work) corrections(firsts []first) {
	if w.cfg.Corrections == 0 {
		return
	}
	written := map[string]int{}
	for _, f := range firsts {
		for _, s := range f.seconds {
			transition := string(score.TransitionOf(f.outcome(), s.outcome()))
			if s.outcome() != feedbackgen.Pass {
				continue
			}
			if written[transition] == w.cfg.Corrections {
				w.counts.Count("corrections", "over_limit")
				continue
			}
			written[transition]++
			w.counts.Count("corrections", "written")
			w.records = append(w.records, feedbackgen.Correction{
				Prompt:     feedbackgen.Conversation(f.prompt...),
				Completion: feedbackgen.Conversation(assistant(s)),
				Feedback: feedbackgen.CorrectionFeedback{
					Provenance: w.about(f), FirstAttemptSource: f.source, Transition: transition,
					Answer: s.judged.Answer, Outcome: s.outcome(), Seed: s.seed,
				},
			})
		}
	}
}

// traces writes answer, verdict and retry, each as an example with a reward of its own. Each role is
// compared with itself: a verdict is worth no less because answers are often right.
func (w *work) traces(firsts []first) {
	var turns []feedbackgen.Turn
	var rewards []score.RoleReward
	tell := func(role string, r feedbackgen.Real, t feedbackgen.Turn) {
		t.Feedback.Role, t.Feedback.Reward = role, r
		rewards = append(rewards, score.RoleReward{Role: role, Reward: float64(r)})
		turns = append(turns, t)
	}
	for i, f := range firsts {
		if f.verdict == nil {
			continue
		}
		base := feedbackgen.TurnFeedback{Provenance: w.about(f), FirstAttemptSource: f.source, Trace: i}
		answer := base
		answer.Outcome, answer.Answer, answer.Seed = f.outcome(), f.judged.Answer, f.seed
		tell(feedbackgen.RolePolicy, reward(f.outcome()), feedbackgen.Turn{
			Prompt: feedbackgen.Conversation(w.messages...), Completion: feedbackgen.Conversation(assistant(f.attempt)), Feedback: answer,
		})
		if !f.verdict.readable {
			w.counts.Count("verdicts", "invalid")
			continue
		}
		judged := base
		judged.Turn, judged.Outcome, judged.Answer, judged.Seed = 1, f.outcome(), f.judged.Answer, f.verdict.seed
		judged.Verdict = map[bool]string{true: "right", false: "wrong"}[f.verdict.right]
		honest := feedbackgen.Real(0)
		if f.verdict.right == (f.outcome() == feedbackgen.Pass) {
			honest = 1
		}
		w.counts.Count("verdicts", string(f.outcome()), judged.Verdict)
		tell(feedbackgen.RoleVerifier, honest, feedbackgen.Turn{
			Prompt: feedbackgen.Conversation(f.verdict.prompt...), Completion: feedbackgen.Conversation(feedbackgen.Assistant(f.verdict.text)), Feedback: judged,
		})
		if f.retry == nil || !f.retry.outcome().IsLabel() {
			continue
		}
		again := base
		again.Turn, again.Outcome, again.Answer, again.Seed = 2, f.retry.outcome(), f.retry.judged.Answer, f.retry.seed
		tell(feedbackgen.RolePolicy, reward(f.retry.outcome()), feedbackgen.Turn{
			Prompt: feedbackgen.Conversation(f.retryPrompt...), Completion: feedbackgen.Conversation(assistant(*f.retry)), Feedback: again,
		})
	}
	advantages, err := score.RoleAdvantages(rewards, w.cfg.Norm, w.cfg.Cap)
	if err != nil {
		panic(err) // rewards are 0 and 1
	}
	for i, t := range turns {
		t.Feedback.Advantage = feedbackgen.Real(advantages[i])
		w.counts.Count("turns", t.Feedback.Role)
		w.records = append(w.records, t)
	}
}
