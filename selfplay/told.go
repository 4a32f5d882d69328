package selfplay

import (
	"fmt"
	"math"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/selfplay/skill"
)

// unknown stands for a number that is not defined.
const unknown = feedbackgen.Real(-1)

func orUnknown(x *float64) feedbackgen.Real {
	if x == nil {
		return unknown
	}
	return known(*x)
}

func known(x float64) feedbackgen.Real {
	if math.IsNaN(x) {
		return unknown
	}
	return feedbackgen.Real(x)
}

// writeRound tells how the round went.
func (c *chain) writeRound(r *round, skills [2]skill.Version) {
	f := feedbackgen.RoundFeedback{
		Provenance: c.provenance(r, solver, c.problem.ID, fmt.Sprint(r.number)), Origin: c.origin(r), Judge: c.judgedBy(),
		Kappa: unknown, KappaLow: unknown, KappaHigh: unknown, TPR: unknown, TNR: unknown, Errors: unknown, Brier: unknown, Position: unknown,
		SolverTokens: skills[solver].Set.Tokens(), ChallengerTokens: skills[challenger].Set.Tokens(),
		Reason:         r.reason,
		Proposals:      append([]string{}, r.learnt.proposals...),
		TrainingBefore: known(r.learnt.trainingBefore), TrainingAfter: known(r.learnt.trainingAfter),
		HeldOutBefore: known(r.learnt.heldOutBefore), HeldOutAfter: known(r.learnt.heldOutAfter),
	}
	if j := r.judge; j != nil {
		f.Unusable, _ = r.unusable()
		f.Anchors, f.Kappa = j.All.N, orUnknown(j.Kappa.Kappa)
		f.TPR, f.TNR, f.Errors = orUnknown(j.Rates.TPR.Share), orUnknown(j.Rates.TNR.Share), orUnknown(j.Calls.Errors.Share)
		if j.KappaByTask != nil {
			f.KappaLow, f.KappaHigh = known(j.KappaByTask.Low), known(j.KappaByTask.High)
		}
		if brier, ok := j.Brier(); ok {
			f.Brier = feedbackgen.Real(brier)
		}
		if j.Position != nil {
			f.Position = orUnknown(j.Position.Consistent)
		}
	}
	c.records = append(c.records, feedbackgen.Round{Feedback: f})
}

// writeSkills writes every version of both sides, and which of them stand.
func (c *chain) writeSkills() {
	if c.cfg.Mode != Grounded || c.cfg.Grounding.NoSkills {
		return
	}
	for i, s := range c.sides {
		c.counts.CountN(len(s.history.Versions()), "skill_versions", s.name)
		for _, v := range s.history.Versions() {
			chosen := v.Number == s.choice.version
			f := feedbackgen.SkillsFeedback{
				Provenance: c.provenance(&round{number: v.Round, skills: [2]string{digestOf(v.Set), digestOf(v.Set)}}, i, c.problem.ID, fmt.Sprintf("skills.%d.%d", i, v.Number)),
				Origin:     feedbackgen.Origin{Chain: c.problem.ID, Alarms: []string{}},
				Side:       s.name, Version: v.Number, Parent: v.Parent, Edits: editsAsJSON(v.Edits), Files: []string{},
				Chosen: chosen, Fate: s.choice.fates[v.Number], Pruned: []string{}, Credits: []string{},
			}
			f.Policy = c.policyOf(ProposerRole)
			for _, k := range v.Set.Skills() {
				f.Files = append(f.Files, string(k.Render()))
			}
			if chosen {
				f.Reason = s.choice.reason
				f.Pruned, f.Credits = append(f.Pruned, s.choice.pruned...), append(f.Credits, s.choice.credits...)
			}
			c.records = append(c.records, feedbackgen.Skills{Feedback: f})
		}
	}
}
