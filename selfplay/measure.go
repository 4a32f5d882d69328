package selfplay

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard"
)

// NewMeasure measures the health of each round over all chains, and tells which chains an alarm ended.
// It stands behind the guards as one of them, refuses nothing, and also looks at what they refused.
func NewMeasure() guard.Guard { return &measure{rounds: map[int]*measured{}} }

type measure struct {
	rounds map[int]*measured
	ended  []Ended
	skills bool // some prompt had skills in it
	broken int
}

// measured is what was seen of a round.
type measured struct {
	invalid []seen // from the challenges, which hold all that was written
	tasks   []seen
	chains  int
	last    string // the chain that was counted last
}

// Ended is a chain that an alarm ended.
type Ended struct {
	Chain string `json:"chain"`
	// Round was rolled back; the rounds before it stand.
	Round  int      `json:"round"`
	Alarms []string `json:"alarms"`
}

func (*measure) Name() string { return "selfplay" }

func (m *measure) Judge(c *guard.Case) {
	for _, r := range c.Records {
		var err error
		switch r.Kind {
		case feedbackgen.KindChallenge:
			err = m.challenge(r.Line)
		case feedbackgen.KindTask:
			err = m.task(r.Line)
		}
		if err != nil {
			m.broken++
		}
	}
}

func (m *measure) round(number int) *measured {
	if m.rounds[number] == nil {
		m.rounds[number] = &measured{}
	}
	return m.rounds[number]
}

func (m *measure) challenge(line []byte) error {
	var c feedbackgen.Challenge
	if err := json.Unmarshal(line, &c); err != nil {
		return err
	}
	f, r := c.Feedback, m.round(c.Feedback.Round)
	m.skills = m.skills || f.Skills != ""
	if r.last != f.Chain {
		r.last = f.Chain
		r.chains++
		if f.RolledBack {
			m.ended = append(m.ended, Ended{Chain: f.Chain, Round: f.Round, Alarms: f.Alarms})
		}
	}
	for _, state := range f.States {
		switch state {
		case unreadable, cutOff:
			r.invalid = append(r.invalid, seen{})
		case illFormed, trivial, notWhole, unsaid:
			r.invalid = append(r.invalid, seen{readable: true, novel: true})
		case repeated:
			r.invalid = append(r.invalid, seen{readable: true})
		}
	}
	return nil
}

func (m *measure) task(line []byte) error {
	var t feedbackgen.Task
	if err := json.Unmarshal(line, &t); err != nil {
		return err
	}
	f := t.Feedback
	if f.State == notAnswered {
		return nil
	}
	r := m.round(f.Round)
	r.tasks = append(r.tasks, seen{
		readable: true, valid: true, active: f.State == "active", novel: f.Novel,
		drawn: f.Drawn, judged: f.Judged, passes: f.Passes, common: f.CommonAnswer, length: f.MedianLength,
	})
	return nil
}

// Detail is the health of all rounds.
type Detail struct {
	Rounds []RoundHealth `json:"rounds"`
	// Ended are the chains that an alarm ended, in input order.
	Ended []Ended `json:"ended"`
}

// RoundHealth is the health of a round, over all chains that played it.
type RoundHealth struct {
	Round  int `json:"round"`
	Chains int `json:"chains"`
	Health
	// Alarms would ring for all chains together; each chain's own have ended it.
	Alarms []string `json:"alarms"`
}

func (m *measure) Report() guard.Report {
	detail := Detail{Rounds: []RoundHealth{}, Ended: append([]Ended{}, m.ended...)}
	var notes []string
	var first *Health
	for _, number := range slices.Sorted(maps.Keys(m.rounds)) {
		r := m.rounds[number]
		health := healthOf(slices.Concat(r.tasks, r.invalid))
		detail.Rounds = append(detail.Rounds, RoundHealth{number, r.chains, health, health.Alarms(first)})
		if first == nil {
			first = &health
		}
		notes = append(notes, fmt.Sprintf(
			"round %d of %d chains: %d problems written, %s valid, %s of those in the band; solutions %s parsed, %s of those right; %s distinct, answer repetition %s, median length %s",
			number, r.chains, health.Written, percent(health.Valid), percent(health.InBand), percent(health.Parsed), percent(health.Correct),
			percent(health.Distinct), percent(health.Repetition), bytesOf(health.Length)))
	}
	if len(m.rounds) > 0 && !m.skills {
		notes = append(notes, "skills are off: there are none in the prompts")
	}
	for _, e := range m.ended {
		notes = append(notes, fmt.Sprintf("ALARM, %s: round %d of chain %s is rolled back, and the chain ends; the rounds before it stand", strings.Join(e.Alarms, ", "), e.Round, e.Chain))
	}
	if m.broken > 0 {
		notes = append(notes, fmt.Sprintf("%d records could not be read", m.broken))
	}
	return guard.Report{Notes: notes, Detail: detail}
}

// percent is a share in words, "undefined" where there is none.
func percent(x *float64) string {
	if x == nil {
		return "undefined"
	}
	return fmt.Sprintf("%.0f %%", 100**x)
}

func bytesOf(x *float64) string {
	if x == nil {
		return "undefined"
	}
	return fmt.Sprintf("%.0f bytes", *x)
}
