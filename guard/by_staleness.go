package guard

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/staleness"
)

// RepricedFile holds what records of another policy are worth under the current one.
const RepricedFile = "repriced.jsonl"

// Remeasured is what was measured again under the current policy, of all records of a problem or,
// where Node says so, of those made at one place.
type Remeasured struct {
	Problem string `json:"problem"`
	Node    string `json:"node"`
	// Passes of Rollouts new draws were right.
	Passes   int `json:"passes"`
	Rollouts int `json:"rollouts"`
	// Old and New are the natural log-probabilities of the completion under the policy that made it
	// and under the current one.
	Old float64 `json:"logprob_old"`
	New float64 `json:"logprob_new"`
}

// ByStaleness refuses records of another policy than the current one, but for those that were
// measured again: they stay while the current policy still writes the like, and what they are worth
// now is left in [RepricedFile]. Without a current policy nothing is judged.
func ByStaleness(current feedbackgen.Policy, measured []Remeasured) Guard {
	g := &byStaleness{current: current, measured: map[[2]string]Remeasured{}, limits: staleness.Default()}
	for _, m := range measured {
		g.measured[[2]string{m.Problem, m.Node}] = m
	}
	return g
}

type byStaleness struct {
	current  feedbackgen.Policy
	measured map[[2]string]Remeasured
	limits   staleness.Limits
	repriced bytes.Buffer
	stayed   int
}

func (*byStaleness) Name() string { return "staleness" }

func (g *byStaleness) Judge(c *Case) {
	if g.current == (feedbackgen.Policy{}) {
		return
	}
	for r := range c.Live() {
		if !r.own {
			continue
		}
		same, why := staleness.Same(r.Policy, g.current)
		if same {
			r.Pass(g.Name())
			continue
		}
		m, found := g.measured[[2]string{r.Problem, r.Node}]
		if !found {
			m, found = g.measured[[2]string{r.Problem, ""}]
		}
		if !found {
			r.Refuse(g.Name(), "other_policy", "%s", why)
			continue
		}
		g.reprice(r, m)
	}
}

func (g *byStaleness) reprice(r *Record, m Remeasured) {
	measured := staleness.Measured{Reward: reward(r), Passes: m.Passes, Rollouts: m.Rollouts, Old: m.Old, New: m.New}
	verdict := g.limits.Judge(measured)
	if !verdict.Stays {
		r.Refuse(g.Name(), "repriced", "%s", verdict.Why)
		return
	}
	// The difficulty is the current policy's from here on.
	r.Passes, r.Rollouts = m.Passes, m.Rollouts
	r.Pass(g.Name())
	g.stayed++
	text, err := json.Marshal(struct {
		Kind    feedbackgen.Kind `json:"kind"`
		Problem string           `json:"problem"`
		Node    string           `json:"node"`
		staleness.Verdict
	}{r.Kind, r.Problem, r.Node, verdict})
	if err != nil {
		return // a verdict that stays holds finite numbers
	}
	g.repriced.Write(append(text, '\n'))
}

// reward is 1 for a record that teaches a right answer.
func reward(r *Record) float64 {
	for _, t := range r.Texts {
		if t.Imitated && t.Outcome == feedbackgen.Pass {
			return 1
		}
	}
	return 0
}

func (g *byStaleness) Report() Report {
	if g.stayed == 0 {
		return Report{}
	}
	return Report{Notes: []string{fmt.Sprintf("%d records of another policy stay, with the weights in %s", g.stayed, RepricedFile)}}
}

// Files are what the records that stay are worth.
func (g *byStaleness) Files() map[string][]byte {
	return map[string][]byte{RepricedFile: g.repriced.Bytes()}
}
