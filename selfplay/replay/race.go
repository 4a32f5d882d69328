package replay

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/feedbackgen/feedbackgen"
)

// None is the candidate without any skills. It is in every race.
const None = "none"

// Two strengths of proof.
const (
	// Lenient is one standard error. It takes a budget of several hundred calls to be safe.
	Lenient = 1.0
	// Strict is a one-sided test at 5 %.
	Strict = 1.64
)

// LeastProbes is how many hard probes must have labels of both before a candidate can win.
const LeastProbes = 8

// Config is a race. Candidates and probes are named by ids, each different.
type Config struct {
	// Candidates in the order of their rounds; among equals the earlier one goes on. [None] is added
	// in front where it is missing.
	Candidates []string
	// Incumbent is what stays unless it is beaten; default [None]. That what wins is no worse than no
	// skills is only tested where None is the incumbent.
	Incumbent string
	// Hard probes decide. They and the easy ones come from [Select]. At least [LeastProbes].
	Hard []string
	// Easy probes can only veto; there may be none.
	Easy []string
	// Budget is how many calls there may be, where one is one judged answer of one candidate to one
	// probe, whatever that costs. At least 2 per candidate.
	Budget int
	// Z is how many standard errors the gain must be above zero; default [Strict].
	Z float64
}

// Call is one judged answer: what to run next.
type Call struct {
	Candidate string `json:"candidate"`
	Probe     string `json:"probe"`
	// Draw counts from 0 for a candidate and a probe. Candidates with the same probe and draw should
	// get the same seed.
	Draw int `json:"draw"`
}

// Race is the choice in progress.
type Race struct {
	cfg       Config
	arms      []*arm
	incumbent *arm
	alive     []*arm // challengers
	stage     int
	stages    int
	spent     int // calls planned so far, handed out or not
	// hard and easy are how many draws every arm that is alive has had planned.
	hard, easy int
	plan       []Call
	open       map[Call]bool
	observed   int
	choice     *Choice
}

// arm is a candidate with what was seen of it.
type arm struct {
	id         string
	order      int
	hard, easy []tally
	// fresh is what of hard the stage that runs now has seen.
	fresh []tally
	fate  string
	gain  *Difference
}

// New checks a race and plans its first stage.
func New(cfg Config) (*Race, error) {
	cfg, err := cfg.checked()
	if err != nil {
		return nil, err
	}
	r := &Race{cfg: cfg, open: map[Call]bool{}}
	for i, id := range cfg.Candidates {
		a := &arm{id: id, order: i, hard: make([]tally, len(cfg.Hard)), easy: make([]tally, len(cfg.Easy))}
		r.arms = append(r.arms, a)
		if id == cfg.Incumbent {
			r.incumbent = a
		} else {
			r.alive = append(r.alive, a)
		}
	}
	r.stages = 1
	for n := len(r.alive); n > 1; n /= 2 {
		r.stages++
	}
	r.next()
	return r, nil
}

func (c Config) checked() (Config, error) {
	c.Candidates = slices.Clone(c.Candidates)
	if !slices.Contains(c.Candidates, None) {
		c.Candidates = slices.Insert(c.Candidates, 0, None)
	}
	c.Incumbent = cmp.Or(c.Incumbent, None)
	c.Z = cmp.Or(c.Z, Strict)
	probes := slices.Concat(c.Hard, c.Easy)
	switch {
	case !slices.Contains(c.Candidates, c.Incumbent):
		return c, badInput(fmt.Errorf("the incumbent %q is not among the candidates", c.Incumbent), "")
	case repeats(c.Candidates) || repeats(probes):
		return c, badInput(fmt.Errorf("two of %d candidates or of %d probes have one id", len(c.Candidates), len(probes)), "give each once")
	case !(c.Z > 0) || math.IsInf(c.Z, 1):
		return c, badInput(fmt.Errorf("z is %v", c.Z), "1 is lenient, 1.64 strict")
	case len(c.Candidates) > 1 && len(c.Hard) < LeastProbes:
		return c, badInput(fmt.Errorf("%d hard probes cannot prove anything", len(c.Hard)), fmt.Sprintf("it takes at least %d", LeastProbes))
	case len(c.Candidates) > 1 && c.Budget < 2*len(c.Candidates):
		return c, badInput(fmt.Errorf("%d calls for %d candidates", c.Budget, len(c.Candidates)), "raise the budget to at least two calls a candidate")
	}
	return c, nil
}

func repeats(ids []string) bool {
	sorted := slices.Sorted(slices.Values(ids))
	return len(slices.Compact(sorted)) != len(ids)
}

// Next is the next call to make. There is none while results are awaited on which the next stage
// depends, and none after the end ([Race.Done]). Calls may be in flight together.
func (r *Race) Next() (Call, bool) {
	if len(r.plan) == 0 {
		return Call{}, false
	}
	call := r.plan[0]
	r.plan = r.plan[1:]
	r.open[call] = true
	return call, true
}

// Observe takes what became of a call that [Race.Next] gave. Only pass and fail are evidence of
// skill; all five are counted. It is an error to observe what is not in flight.
func (r *Race) Observe(call Call, outcome feedbackgen.Outcome) error {
	if !r.open[call] {
		return badInput(fmt.Errorf("draw %d of %q by %q is not in flight", call.Draw, call.Probe, call.Candidate), "observe each call once, after Next gave it")
	}
	if !slices.Contains(feedbackgen.Outcomes[:], outcome) {
		return badInput(fmt.Errorf("%q is no outcome", outcome), "")
	}
	delete(r.open, call)
	r.observed++
	a := r.arms[slices.Index(r.cfg.Candidates, call.Candidate)]
	if i := slices.Index(r.cfg.Hard, call.Probe); i >= 0 {
		a.hard[i].add(outcome)
		a.fresh[i].add(outcome)
	} else {
		a.easy[slices.Index(r.cfg.Easy, call.Probe)].add(outcome)
	}
	if len(r.plan) == 0 && len(r.open) == 0 {
		r.halve()
		r.next()
	}
	return nil
}

// Done says that there is a choice.
func (r *Race) Done() bool { return r.choice != nil }

// halve ends a stage: the better half of the challengers goes on, of those that are not below the
// incumbent.
func (r *Race) halve() {
	r.stage++
	for _, a := range r.alive {
		gain := paired(a.hard, r.incumbent.hard, r.cfg.Z)
		a.gain = &gain
	}
	if r.stage == r.stages {
		return
	}
	slices.SortStableFunc(r.alive, func(a, b *arm) int {
		return cmp.Or(cmp.Compare(b.gain.Mean, a.gain.Mean), cmp.Compare(a.order, b.order))
	})
	var kept []*arm
	for i, a := range r.alive {
		switch {
		case i >= len(r.alive)/2:
			a.fate = fmt.Sprintf("others did better in stage %d", r.stage)
		case a.gain.Mean < 0:
			a.fate = fmt.Sprintf("below the incumbent after stage %d", r.stage)
		default:
			kept = append(kept, a)
		}
	}
	r.alive = kept
}

// next plans a stage, or ends the race. Each stage gets an equal part of what is left of the budget;
// in the last one, a quarter goes to the easy probes.
func (r *Race) next() {
	// With one challenger left, whatever stage it is, the rest of the budget goes to the last test.
	if len(r.alive) == 1 && r.stage < r.stages {
		r.stage = r.stages - 1
	}
	if len(r.alive) == 0 || r.stage == r.stages {
		r.choose()
		return
	}
	arms := append([]*arm{r.incumbent}, r.alive...)
	for _, a := range arms {
		a.fresh = make([]tally, len(r.cfg.Hard))
	}
	draws := (r.cfg.Budget - r.spent) / (r.stages - r.stage) / len(arms)
	easy := 0
	if r.stage == r.stages-1 && len(r.cfg.Easy) > 0 {
		easy = draws / 4
	}
	for range draws - easy {
		r.schedule(arms, r.cfg.Hard, &r.hard)
	}
	for range easy {
		r.schedule(arms, r.cfg.Easy, &r.easy)
	}
	r.spent += draws * len(arms)
	if draws == 0 {
		r.halve()
		r.next()
	}
}

// schedule plans one draw of every arm on the next probe in turn.
func (r *Race) schedule(arms []*arm, probes []string, done *int) {
	for _, a := range arms {
		r.plan = append(r.plan, Call{Candidate: a.id, Probe: probes[*done%len(probes)], Draw: *done / len(probes)})
	}
	*done++
}
