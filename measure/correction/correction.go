// Package correction measures what further attempts at an answer change: accuracy by turn, which
// answers are mended and which are spoilt, and how often anything changes at all.
//
// Accuracy alone hides that a model which never touches its answer, and one that mends as many as it
// spoils, gain equally little (arXiv:2409.12917, section 3, whose words are used here).
package correction

import "github.com/feedbackgen/feedbackgen"

// Turn is one attempt.
type Turn struct {
	// Answer is what was extracted, in the form in which equal answers are equal strings.
	Answer  string              `json:"answer"`
	Outcome feedbackgen.Outcome `json:"outcome"`
}

// Episode is the turns of one conversation, first attempt first. Episodes may differ in length.
type Episode []Turn

// Report is what the turns of many episodes changed.
type Report struct {
	Episodes int `json:"episodes"`
	// Turns has an entry for each turn that any episode has.
	Turns []Accuracy `json:"turns"`
	// Steps compare each turn with the next; Overall compares an episode's first turn with its last.
	// Episodes of one turn are in neither.
	Steps   []Change `json:"steps"`
	Overall Change   `json:"overall"`
}

// Accuracy is the share of right answers at one turn.
type Accuracy struct {
	Turn int `json:"turn"` // counted from 1
	// Right of Judged answers passed. Unjudged ones are invalid, abstained or failed for reasons of
	// infrastructure, and are not wrong.
	Right    int `json:"right"`
	Judged   int `json:"judged"`
	Unjudged int `json:"unjudged"`
	// Accuracy is null where nothing was judged. Turns of different episodes do not compare: see
	// [Change.Delta] for what a turn brings.
	Accuracy *float64 `json:"accuracy"`
}

// Change compares two turns of the same episodes.
type Change struct {
	// Kept right, spoilt, mended, kept wrong: c is correct, i incorrect, before and after.
	CC int `json:"cc"`
	CI int `json:"ci"`
	IC int `json:"ic"`
	II int `json:"ii"`
	// Unjudged episodes lack a label before or after, and are in none of the shares.
	Unjudged int `json:"unjudged"`
	// Delta is accuracy after less accuracy before, over episodes judged at both: (IC - CI) / judged.
	Delta *float64 `json:"delta"`
	// Mended is IC / (IC + II), Spoilt is CI / (CC + CI).
	Mended *float64 `json:"mended"`
	Spoilt *float64 `json:"spoilt"`
	// Changed is the share of judged episodes whose answer differs, right or not.
	Changed *float64 `json:"answer_changed"`

	differ int
}

// Measure reports over episodes. Shares of nothing are null.
func Measure(episodes []Episode) Report {
	report := Report{Episodes: len(episodes)}
	for _, episode := range episodes {
		for i, turn := range episode {
			if i == len(report.Turns) {
				report.Turns = append(report.Turns, Accuracy{Turn: i + 1})
			}
			report.Turns[i].add(turn.Outcome)
			if i == 0 {
				continue
			}
			if i > len(report.Steps) {
				report.Steps = append(report.Steps, Change{})
			}
			report.Steps[i-1].add(episode[i-1], turn)
		}
		if len(episode) > 1 {
			report.Overall.add(episode[0], episode[len(episode)-1])
		}
	}
	for i := range report.Turns {
		report.Turns[i].Accuracy = share(report.Turns[i].Right, report.Turns[i].Judged)
	}
	for i := range report.Steps {
		report.Steps[i].conclude()
	}
	report.Overall.conclude()
	return report
}

func (a *Accuracy) add(outcome feedbackgen.Outcome) {
	if !outcome.IsLabel() {
		a.Unjudged++
		return
	}
	a.Judged++
	if outcome == feedbackgen.Pass {
		a.Right++
	}
}

func (c *Change) add(before, after Turn) {
	if !before.Outcome.IsLabel() || !after.Outcome.IsLabel() {
		c.Unjudged++
		return
	}
	if before.Answer != after.Answer {
		c.differ++
	}
	was, is := before.Outcome == feedbackgen.Pass, after.Outcome == feedbackgen.Pass
	switch {
	case was && is:
		c.CC++
	case was:
		c.CI++
	case is:
		c.IC++
	default:
		c.II++
	}
}

func (c *Change) conclude() {
	judged := c.CC + c.CI + c.IC + c.II
	c.Delta = share(c.IC-c.CI, judged)
	c.Mended = share(c.IC, c.IC+c.II)
	c.Spoilt = share(c.CI, c.CC+c.CI)
	c.Changed = share(c.differ, judged)
}

func share(part, whole int) *float64 {
	if whole == 0 {
		return nil
	}
	s := float64(part) / float64(whole)
	return &s
}
