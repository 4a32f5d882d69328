package selfplay

import (
	"fmt"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/selfplay/judge"
	"github.com/feedbackgen/feedbackgen/selfplay/skill"
)

// Most preferences and examples to imitate that a task leaves.
const (
	mostPairs    = 4
	mostExamples = 4
)

// write turns a round into records: first what the challenger did, then each task with what it leaves
// for training. A round that was rolled back leaves only the former, without advantages.
func (c *chain) write(r *round, skills [2]skill.Version) {
	r.skills = [2]string{digestOf(skills[solver].Set), digestOf(skills[challenger].Set)}
	for _, alarm := range r.alarms {
		c.counts.Count("alarms", alarm)
	}
	for _, g := range r.groups {
		c.countTasks(g)
		c.writeChallenge(r, g)
	}
	for _, g := range r.groups {
		for _, t := range g.tasks {
			if t.invalid != "" {
				continue
			}
			c.writeTask(r, g, t)
			if !t.active || t.failed || len(r.alarms) > 0 {
				continue
			}
			c.writePreferences(r, t)
			c.writeGroup(r, t)
			c.writeExamples(r, t)
			c.writeVerdicts(r, t)
			c.writeRLPrompt(r, t)
		}
	}
	c.writeRound(r, skills)
}

// digestOf is "" for the empty set: there were no skills.
func digestOf(s skill.Set) string {
	if s.Len() == 0 {
		return ""
	}
	return s.Digest()[:16]
}

func (c *chain) countTasks(g *group) {
	c.counts.CountN(g.refused, "tasks", "not_written")
	for _, t := range g.tasks {
		for _, s := range t.solutions {
			if s.outcome() != feedbackgen.Invalid {
				c.counts.Count("solutions", string(s.outcome()))
				continue
			}
			kind := "unparsed"
			switch {
			case s.parsed:
				kind = "unjudged"
			case s.sample.Finish == backends.FinishLength:
				kind = "truncated"
			}
			c.counts.Count("solutions", "invalid", kind)
		}
		switch {
		case t.invalid != "":
			c.counts.Count("tasks", "invalid", t.invalid)
		case t.sight == unsolved && !t.failed:
			c.counts.Count("tasks", "invalid", unsolved)
		default:
			c.counts.Count("tasks", t.outcome())
		}
	}
}

// outcome is what became of a task, in a word.
func (t *task) outcome() string {
	switch {
	case t.failed:
		return notAnswered
	case t.invalid != "":
		return t.invalid
	case t.sight != "":
		return t.sight
	}
	return string(t.state)
}

func (c *chain) origin(r *round) feedbackgen.Origin {
	return feedbackgen.Origin{
		Chain: c.problem.ID, RolledBack: len(r.alarms) > 0, Alarms: append([]string{}, r.alarms...),
	}
}

// provenance is what every record says of its origin; problem is the task's id, or the chain's. By is the
// side that made it, whose skills were in the prompt.
func (c *chain) provenance(r *round, by int, problem, node string) feedbackgen.Provenance {
	return feedbackgen.Provenance{
		Round: r.number, Skills: r.skills[by],
		Problem: problem, Module: c.Name(), Node: node, Policy: c.cfg.Policy, Sampling: c.cfg.Sampling,
		Prompts: c.cfg.Prompts.Digest(), Continuation: string(c.cfg.Continuation), Verifier: c.judgedBy(),
		AnswerShown: c.cfg.Mode == Grounded && !c.cfg.Grounding.ClosedBook,
	}
}

// computed is who judges where there is no document: the rule number, against the expression's value.
const computed = "number"

// judgedBy is how records call who judges solutions: [computed], or the judge, with its model if it is not the policy.
func (c *chain) judgedBy() string {
	if c.cfg.Mode != Grounded {
		return computed
	}
	name := c.cfg.Grounding.Judge.Name()
	if other, own := c.cfg.Others[judge.Role]; own && c.cfg.Grounding.measured() {
		name += ":" + other.Model
	}
	return name
}

// solved is the provenance of records of a task's solutions; the node is round, task and draw.
func (c *chain) solved(r *round, t *task, draw int) feedbackgen.Provenance {
	p := c.provenance(r, solver, t.id, node(r, t, draw))
	p.ProblemPasses, p.ProblemRollouts = t.passes()
	return p
}

func node(r *round, t *task, draw int) string {
	return fmt.Sprintf("%d.%d.%d", r.number, t.number, draw)
}

// writeChallenge writes what the challenger wrote for one prompt, with what it earned. The advantage
// is the score minus the group's mean.
func (c *chain) writeChallenge(r *round, g *group) {
	record := feedbackgen.Challenge{Prompt: feedbackgen.Conversation(g.messages...)}
	f := &record.Feedback
	f.Provenance = c.provenance(r, challenger, c.problem.ID, fmt.Sprintf("%d.%d", r.number, g.level))
	f.Policy = c.policyOf(ChallengerRole)
	f.Origin, f.Asked, f.Left = c.origin(r), g.level, g.refused
	mean := 0.0
	for _, t := range g.tasks {
		if t.failed {
			f.Left++
			continue
		}
		score := Score(t.observed())
		mean += score
		record.Completions = append(record.Completions, feedbackgen.Conversation(message(t.sample.Text, t.sample.Thinking)))
		record.Rewards = append(record.Rewards, feedbackgen.Real(score))
		f.Tasks = append(f.Tasks, t.id)
		f.States = append(f.States, t.outcome())
		f.Similarities = append(f.Similarities, feedbackgen.Real(t.similarity))
		f.Seeds = append(f.Seeds, t.sample.Seed)
	}
	if len(record.Rewards) == 0 {
		return
	}
	mean /= float64(len(record.Rewards))
	for _, reward := range record.Rewards {
		advantage := reward - feedbackgen.Real(mean)
		if f.RolledBack {
			advantage = 0
		}
		record.Advantages = append(record.Advantages, advantage)
	}
	c.records = append(c.records, record)
}

func message(text, thinking string) feedbackgen.Message {
	return feedbackgen.Message{Role: feedbackgen.RoleAssistant, Content: text, Thinking: thinking}
}

// answer is a solution as a completion.
func (s solution) answer() feedbackgen.Content {
	return feedbackgen.Conversation(message(s.sample.Text, s.sample.Thinking))
}

func (c *chain) writeTask(r *round, g *group, t *task) {
	passes, judged := t.passes()
	f := feedbackgen.TaskFeedback{
		Provenance: c.provenance(r, challenger, t.id, fmt.Sprintf("%d.%d", r.number, t.number)), Origin: c.origin(r),
		Rubrics: append([]string{}, t.rubrics...), Quote: t.quote, HeldOut: t.heldOut, Parsed: t.parsed(), RubricRates: t.rubricRates(),
		Text: t.text, Expression: t.expression, Asked: g.level, Steps: t.operations,
		State: t.outcome(), Drawn: len(t.solutions), Judged: judged, Passes: passes,
		Similarity: feedbackgen.Real(t.similarity), Novel: t.novel, CommonAnswer: t.common(), MedianLength: t.length(), Seed: t.sample.Seed,
	}
	if !t.failed {
		f.ParsedRate, f.Score = feedbackgen.Real(t.observed().ParsedRate()), feedbackgen.Real(Score(t.observed()))
	}
	if rate, ok := t.observed().Correct(); ok {
		f.CorrectRate = feedbackgen.Real(rate)
	}
	if rate, ok := r.corrected(t); ok {
		f.CorrectedRate = feedbackgen.Real(rate)
	}
	f.Policy = c.policyOf(ChallengerRole)
	c.records = append(c.records, feedbackgen.Task{Prompt: feedbackgen.Conversation(t.messages...), Answer: t.truth, Feedback: f})
}

// different are the draws with an outcome, each text once, in the order in which they were drawn.
func (t *task) different(outcome feedbackgen.Outcome) []int {
	var draws []int
	seen := map[string]bool{}
	for i, s := range t.solutions {
		if s.outcome() == outcome && !seen[s.sample.Text] {
			seen[s.sample.Text] = true
			draws = append(draws, i)
		}
	}
	return draws
}

// leastProbability is how sure a preference must be.
const leastProbability = 0.95

// writePreferences pairs right solutions with wrong ones of the same task. A rule knows which is right, so
// the probability is 1; a judge's is what its rates on anchors make of two verdicts, given that one of the two
// solutions is right and the other wrong: of pairs that are equally good it says nothing.
func (c *chain) writePreferences(r *round, t *task) {
	right, wrong := t.different(feedbackgen.Pass), t.different(feedbackgen.Fail)
	possible := min(len(right), len(wrong))
	p, q := r.probability(t, feedbackgen.Pass), r.probability(t, feedbackgen.Fail)
	better := p * (1 - q) / (p*(1-q) + (1-p)*q)
	if better < leastProbability {
		c.counts.CountN(possible, "pairs", "doubtful")
		return
	}
	written := min(possible, mostPairs)
	c.counts.CountN(written, "pairs", "written")
	c.counts.CountN(possible-written, "pairs", "over_limit")
	for i := range written {
		chosen, rejected := t.solutions[right[i]], t.solutions[wrong[i]]
		c.records = append(c.records, feedbackgen.Preference{
			Prompt: feedbackgen.Conversation(t.messages...), Chosen: chosen.answer(), Rejected: rejected.answer(),
			Feedback: feedbackgen.PreferenceFeedback{
				Provenance: c.solved(r, t, right[i]), Type: feedbackgen.PathPair, Probability: feedbackgen.Real(better),
				Chosen: t.side(r, right[i]), Rejected: t.side(r, wrong[i]),
			},
		})
	}
}

// side is the evidence for one solution, which is whole: it is as good as its outcome.
func (t *task) side(r *round, draw int) feedbackgen.Side {
	s := t.solutions[draw]
	side := feedbackgen.Side{
		Node: node(r, t, draw), Step: s.sample.Text, Rollouts: 1,
		Answer: s.judged.Answer, Outcome: s.outcome(), Seed: s.sample.Seed,
	}
	if s.outcome() == feedbackgen.Pass {
		side.Value, side.Passes = 1, 1
	}
	for _, other := range t.solutions {
		if other.sample.Text == s.sample.Text {
			side.Multiplicity++
		}
	}
	return side
}

// writeGroup writes all judged solutions; the reward is 1 for a right one, else 0, and the advantage
// what it is above the group's mean.
func (c *chain) writeGroup(r *round, t *task) {
	passes, judged := t.passes()
	rate := feedbackgen.Real(passes) / feedbackgen.Real(judged)
	g := feedbackgen.Group{Prompt: feedbackgen.Conversation(t.messages...)}
	g.Feedback.Provenance = c.provenance(r, solver, t.id, fmt.Sprintf("%d.%d", r.number, t.number))
	g.Feedback.ProblemPasses, g.Feedback.ProblemRollouts = passes, judged
	g.Feedback.Rate, g.Feedback.Left = rate, len(t.solutions)-judged
	for _, s := range t.solutions {
		if !s.outcome().IsLabel() {
			continue
		}
		reward := feedbackgen.Real(0)
		if s.outcome() == feedbackgen.Pass {
			reward = 1
		}
		g.Completions = append(g.Completions, s.answer())
		g.Rewards = append(g.Rewards, reward)
		g.Advantages = append(g.Advantages, reward-rate)
		g.Feedback.AnswerEnds = append(g.Feedback.AnswerEnds, len(s.sample.Text))
		g.Feedback.Answers = append(g.Feedback.Answers, s.judged.Answer)
		g.Feedback.Outcomes = append(g.Feedback.Outcomes, s.outcome())
		g.Feedback.Seeds = append(g.Feedback.Seeds, s.sample.Seed)
	}
	c.records = append(c.records, g)
}

// writeExamples writes the first few right solutions that differ.
func (c *chain) writeExamples(r *round, t *task) {
	passes, judged := t.passes()
	right := t.different(feedbackgen.Pass)
	written := min(len(right), mostExamples)
	c.counts.CountN(written, "examples", "written")
	c.counts.CountN(len(right)-written, "examples", "over_limit")
	for _, draw := range right[:written] {
		s := t.solutions[draw]
		c.records = append(c.records, feedbackgen.SFT{
			Prompt: feedbackgen.Conversation(t.messages...), Completion: s.answer(),
			Feedback: feedbackgen.SFTFeedback{
				Provenance: c.solved(r, t, draw), Answer: s.judged.Answer, Outcome: s.outcome(),
				Value: feedbackgen.Real(passes+1) / feedbackgen.Real(judged+2), // a uniform prior's posterior mean
				Seed:  s.sample.Seed,
			},
		})
	}
}

// writeVerdicts writes every solution that got a verdict, with it.
func (c *chain) writeVerdicts(r *round, t *task) {
	for draw, s := range t.solutions {
		if !s.outcome().IsLabel() {
			continue
		}
		f := feedbackgen.VerdictFeedback{
			Provenance: c.solved(r, t, draw), Origin: c.origin(r),
			Probability: feedbackgen.Real(r.probability(t, s.outcome())), Votes: 1,
			RubricShares: reals(s.votes.PerRubric), Answer: s.judged.Answer, Outcome: s.outcome(), Seed: s.sample.Seed,
		}
		if s.outcome() == feedbackgen.Pass {
			f.Share = 1
		}
		if s.votes.Pass != nil && r.judge != nil {
			f.Share, f.Votes = feedbackgen.Real(*s.votes.Pass), s.votes.Votes.Readable
		}
		c.counts.Count("verdicts", string(s.outcome()))
		c.records = append(c.records, feedbackgen.Verdict{
			Prompt: feedbackgen.Conversation(t.messages...), Completion: s.answer(), Label: s.outcome() == feedbackgen.Pass, Feedback: f,
		})
	}
}

func reals(all []float64) []feedbackgen.Real {
	return lo.Map(all, func(x float64, _ int) feedbackgen.Real { return feedbackgen.Real(x) })
}

// rubricRates are the shares of judged solutions that meet each rubric.
func (t *task) rubricRates() []feedbackgen.Real {
	rates := make([]float64, len(t.rubrics))
	judged := 0
	for _, s := range t.solutions {
		if !s.outcome().IsLabel() || len(s.votes.PerRubric) != len(t.rubrics) {
			continue
		}
		judged++
		for i, m := range t.met(s) {
			if m.Met {
				rates[i]++
			}
		}
	}
	if judged == 0 {
		return []feedbackgen.Real{}
	}
	return lo.Map(rates, func(met float64, _ int) feedbackgen.Real { return feedbackgen.Real(met / float64(judged)) })
}

// writeRLPrompt writes the task for trainers that draw their own completions.
func (c *chain) writeRLPrompt(r *round, t *task) {
	style, ability := "rule", "math"
	if c.cfg.Mode == Grounded {
		ability = "reading"
		if c.cfg.Grounding.measured() {
			style = "model"
		}
	}
	rate, _ := r.corrected(t)
	f := feedbackgen.RLPromptFeedback{
		Provenance: c.provenance(r, solver, t.id, fmt.Sprintf("%d.%d", r.number, t.number)), Origin: c.origin(r),
		Rubrics: append([]string{}, t.rubrics...), Rate: feedbackgen.Real(rate), Seed: t.sample.Seed,
	}
	f.ProblemPasses, f.ProblemRollouts = t.passes()
	c.records = append(c.records, feedbackgen.RLPrompt{
		Prompt: feedbackgen.Conversation(t.messages...), Answer: t.truth, DataSource: "feedbackgen/selfplay", Ability: ability,
		RewardModel: feedbackgen.RewardModel{Style: style, GroundTruth: t.truth}, Feedback: f,
	})
}
