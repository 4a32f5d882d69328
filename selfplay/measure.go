package selfplay

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
	"github.com/feedbackgen/feedbackgen/selfplay/skill"
)

// NewMeasure measures the health of each round over all chains, and tells which chains an alarm ended. It
// stands behind the guards as one of them, refuses nothing, and also looks at what they refused. The
// gate is the run's, whose exact table the report holds; nil if it is off.
func NewMeasure(gate *difficulty.Gate) guard.Guard {
	return &measure{gate: gate, rounds: map[int]*measured{}, files: map[string][]byte{}}
}

type measure struct {
	gate   *difficulty.Gate
	rounds map[int]*measured
	ended  []Ended
	judged []JudgeHealth
	chosen []ChosenSkills
	files  map[string][]byte // chosen skills, by path
	broken int
}

// measured is what was seen of a round.
type measured struct {
	invalid []seen // from the challenges, which hold all that was written
	tasks   []seen
	chains  int
	last    string // the chain that was counted last
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
		case feedbackgen.KindRound:
			err = m.told(r.Line)
		case feedbackgen.KindSkills:
			err = m.skills(r.Line)
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
	f := c.Feedback
	if len(f.Similarities) != len(f.States) {
		return errors.New("a challenge needs a similarity for each state")
	}
	r := m.round(f.Round)
	if r.last != f.Chain {
		r.last = f.Chain
		r.chains++
	}
	m.end(f.Origin, f.Round, "")
	for i, state := range f.States {
		switch state {
		case unreadable, cutOff:
			r.invalid = append(r.invalid, seen{})
		case illFormed, trivial, notWhole, unsaid, unquoted, told, noRubric, repeated:
			r.invalid = append(r.invalid, seen{readable: true, novel: f.Similarities[i] < near})
		}
	}
	return nil
}

// end notes the end of a chain, once: many records of its last round tell of it, or few, and one of them
// why.
func (m *measure) end(o feedbackgen.Origin, round int, reason string) {
	if !o.RolledBack {
		return
	}
	at := slices.IndexFunc(m.ended, func(e Ended) bool { return e.Chain == o.Chain })
	if at < 0 {
		at = len(m.ended)
		m.ended = append(m.ended, Ended{Chain: o.Chain, Round: round, Alarms: o.Alarms})
	}
	m.ended[at].Reason = cmp.Or(reason, m.ended[at].Reason)
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
		readable: true, valid: f.State != unsolved, active: f.State == "active", novel: f.Novel,
		drawn: f.Drawn, parsed: f.Parsed, judged: f.Judged, passes: f.Passes, common: f.CommonAnswer, length: f.MedianLength,
	})
	return nil
}

// told takes in how a round went, and of rounds about documents what the judge did.
func (m *measure) told(line []byte) error {
	var r feedbackgen.Round
	if err := json.Unmarshal(line, &r); err != nil {
		return err
	}
	f := r.Feedback
	m.end(f.Origin, f.Round, f.Reason)
	if f.Judge == computed {
		return nil
	}
	m.judged = append(m.judged, JudgeHealth{
		Chain: f.Chain, Round: f.Round, Judge: f.Judge, Anchors: f.Anchors, Kappa: defined(f.Kappa), KappaLow: defined(f.KappaLow), KappaHigh: defined(f.KappaHigh),
		TPR: defined(f.TPR), TNR: defined(f.TNR), Errors: defined(f.Errors), Brier: defined(f.Brier), Position: defined(f.Position), Unusable: f.Unusable,
		SolverTokens: f.SolverTokens, ChallengerTokens: f.ChallengerTokens, Proposals: f.Proposals,
		TrainingBefore: defined(f.TrainingBefore), TrainingAfter: defined(f.TrainingAfter), HeldOutBefore: defined(f.HeldOutBefore), HeldOutAfter: defined(f.HeldOutAfter),
	})
	return nil
}

func defined(x feedbackgen.Real) *float64 {
	if x == unknown {
		return nil
	}
	y := float64(x)
	return &y
}

// skills takes in the versions that the replay chose, and their files.
func (m *measure) skills(line []byte) error {
	var s feedbackgen.Skills
	if err := json.Unmarshal(line, &s); err != nil {
		return err
	}
	f := s.Feedback
	if !f.Chosen {
		return nil
	}
	c := ChosenSkills{Chain: f.Chain, Side: f.Side, Version: f.Version, Reason: f.Reason, Skills: []string{}}
	for _, file := range f.Files {
		k, err := skill.Parse([]byte(file))
		if err != nil {
			return err
		}
		if slices.Contains(f.Pruned, k.ID) {
			continue
		}
		c.Skills = append(c.Skills, k.ID)
		m.files[fmt.Sprintf("skills/%s/%s/%s/SKILL.md", folder(f.Chain), f.Side, k.ID)] = k.Render()
	}
	m.chosen = append(m.chosen, c)
	return nil
}

// folder is a chain's name as one of a folder: ids are anybody's text.
func folder(chain string) string {
	id, ok := skill.ID(chain)
	if ok && id == chain {
		return id
	}
	sum := sha256.Sum256([]byte(chain))
	return strings.TrimPrefix(id+"-"+hex.EncodeToString(sum[:4]), "-")
}

// Files are the chosen skills, as SKILL.md files.
func (m *measure) Files() map[string][]byte { return m.files }

// Detail is the health of all rounds.
type Detail struct {
	Rounds []RoundHealth `json:"rounds"`
	// Ended are the chains that an alarm ended, in input order.
	Ended []Ended `json:"ended"`
	// Judges, of rounds about documents, and Skills, of their chains, are in input order.
	Judges []JudgeHealth  `json:"judges"`
	Skills []ChosenSkills `json:"skills"`
	// Gate is what the difficulty gate does, exactly; empty if it is off.
	Gate []GatePoint `json:"gate"`
}

// GatePoint is what the gate does to a task of a true pass rate, with solutions in batches of 4.
type GatePoint struct {
	PassRate float64 `json:"pass_rate"`
	// Admitted is the chance that it is found in the band, Solutions how many are drawn on average.
	Admitted  float64 `json:"admitted"`
	Solutions float64 `json:"solutions"`
}

// gatePoints is the table of a gate.
func gatePoints(gate *difficulty.Gate) []GatePoint {
	points := []GatePoint{}
	if gate == nil {
		return points
	}
	for _, p := range []float64{.01, .02, .05, .1, .15, .2, .3, .5, .7, .8, .85, .9, .95} {
		admitted, solutions := gate.Characteristic(p, batch)
		points = append(points, GatePoint{p, admitted, solutions})
	}
	return points
}

// JudgeHealth is what the anchors of a round and the two before say of the judge, and what both sides learnt
// after the round. What is undefined is null.
type JudgeHealth struct {
	Chain            string   `json:"chain"`
	Round            int      `json:"round"`
	Judge            string   `json:"judge"`
	Anchors          int      `json:"anchors"`
	Kappa            *float64 `json:"kappa"`
	KappaLow         *float64 `json:"kappa_low"`
	KappaHigh        *float64 `json:"kappa_high"`
	TPR              *float64 `json:"true_positive_rate"`
	TNR              *float64 `json:"true_negative_rate"`
	Errors           *float64 `json:"call_errors"`
	Brier            *float64 `json:"brier"`
	Position         *float64 `json:"position_consistency"`
	Unusable         string   `json:"unusable"`
	SolverTokens     int      `json:"solver_skill_tokens"`
	ChallengerTokens int      `json:"challenger_skill_tokens"`
	Proposals        []string `json:"proposals"`
	TrainingBefore   *float64 `json:"training_before"`
	TrainingAfter    *float64 `json:"training_after"`
	HeldOutBefore    *float64 `json:"held_out_before"`
	HeldOutAfter     *float64 `json:"held_out_after"`
}

// ChosenSkills is what the replay chose for one side of a chain.
type ChosenSkills struct {
	Chain   string   `json:"chain"`
	Side    string   `json:"side"`
	Version int      `json:"version"`
	Skills  []string `json:"skills"`
	Reason  string   `json:"reason"`
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
	detail := Detail{
		Rounds: []RoundHealth{}, Ended: append([]Ended{}, m.ended...),
		Judges: append([]JudgeHealth{}, m.judged...), Skills: append([]ChosenSkills{}, m.chosen...),
		Gate: gatePoints(m.gate),
	}
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
	notes = append(notes, m.learnt()...)
	if m.gate != nil {
		low, _ := m.gate.Characteristic(m.gate.Low/4, batch)
		middle, _ := m.gate.Characteristic((m.gate.Low+m.gate.High)/2, batch)
		notes = append(notes, fmt.Sprintf("the gate admits a task of pass rate %.2g with probability %.2g, one of %.2g with %.2g (all of the table: report.json, gate); what it does not admit is deferred and stays in tasks.jsonl",
			m.gate.Low/4, low, (m.gate.Low+m.gate.High)/2, middle))
	}
	for _, e := range m.ended {
		notes = append(notes, e.String())
	}
	if m.broken > 0 {
		notes = append(notes, fmt.Sprintf("%d records could not be read", m.broken))
	}
	return guard.Report{Notes: notes, Detail: detail}
}

// learnt tells of judges and skills, in few lines however many chains there are.
func (m *measure) learnt() []string {
	if len(m.judged) == 0 {
		if len(m.rounds) > 0 {
			return []string{"skills are off: there is no judge and no proposer without documents"}
		}
		return nil
	}
	var notes []string
	var kappas []float64
	unusable := 0
	for _, j := range m.judged {
		if j.Kappa != nil {
			kappas = append(kappas, *j.Kappa)
		}
		if j.Unusable != "" {
			unusable++
		}
		for _, p := range j.Proposals {
			notes = append(notes, fmt.Sprintf("round %d of chain %s, %s", j.Round, j.Chain, p))
		}
	}
	switch {
	case len(kappas) > 0:
		notes = append(notes, fmt.Sprintf("the judge's kappa on anchors: from %.2f to %.2f over %d rounds, %d of them unusable", slices.Min(kappas), slices.Max(kappas), len(kappas), unusable))
	case unusable > 0:
		notes = append(notes, fmt.Sprintf("the judge's kappa on anchors is undefined in all %d rounds, %d of them unusable", len(m.judged), unusable))
	default:
		notes = append(notes, "a rule judges, which does not err against its references")
	}
	for _, c := range m.chosen {
		notes = append(notes, fmt.Sprintf("%s of chain %s: version %d stands (%s): %s", c.Side, c.Chain, c.Version, cmp.Or(strings.Join(c.Skills, ", "), "no skills"), c.Reason))
	}
	const most = 40
	if len(notes) > most {
		notes = append(notes[:most], fmt.Sprintf("and %d more such notes, see report.json", len(notes)-most))
	}
	return notes
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
