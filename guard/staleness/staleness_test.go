package staleness_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/staleness"
)

func ExampleSame() {
	now := feedbackgen.Policy{Backend: "openai", Model: "tiny", ID: "step-200"}
	fmt.Println(staleness.Same(feedbackgen.Policy{Backend: "openai", Model: "tiny", ID: "step-100"}, now))
	// Output: false made by another policy: policy id "step-100", now "step-200"
}

func ExampleLimits_Judge() {
	v := staleness.Default().Judge(staleness.Measured{Reward: 1, Passes: 2, Rollouts: 8, Old: -12, New: -11})
	fmt.Printf("%v, weight %g, advantage %g (%.2f normalised)\n", v.Stays, *v.Weight, *v.Advantage, *v.Normalised)
	// Output: true, weight 2, advantage 0.75 (1.73 normalised)
}

func TestWhichPoliciesAreTheSame(t *testing.T) {
	type policy = feedbackgen.Policy
	full := policy{Backend: "ollama", Model: "m", Digest: "d", ID: "i", Template: "t"}
	named := policy{Backend: "openai", Model: "m", ID: "i"}
	for name, tt := range map[string]struct {
		record, current policy
		want            bool
		why             string
	}{
		"equal":                         {full, full, true, "weights are the same"},
		"digest under other names":      {full, policy{Backend: "embedded", Model: "n", Digest: "d"}, true, "weights"},
		"another digest":                {full, policy{Backend: "ollama", Model: "m", Digest: "e", ID: "i"}, false, "weights"},
		"another template":              {full, policy{Backend: "ollama", Model: "m", Digest: "d", Template: "u"}, false, "template"},
		"one template unknown":          {full, policy{Digest: "d"}, true, "weights"},
		"equal names":                   {named, named, true, "no digest"},
		"one digest only":               {named, policy{Backend: "openai", Model: "m", ID: "i", Digest: "d"}, true, "no digest"},
		"another id":                    {named, policy{Backend: "openai", Model: "m", ID: "j"}, false, "policy id"},
		"no id":                         {named, policy{Backend: "openai", Model: "m"}, false, "policy id"},
		"another model":                 {named, policy{Backend: "openai", Model: "n", ID: "i"}, false, "model"},
		"another backend":               {named, policy{Backend: "ollama", Model: "m", ID: "i"}, false, "backend"},
		"names and another template":    {policy{Model: "m", Template: "t"}, policy{Model: "m", Template: "u"}, false, "template"},
		"unknown record":                {policy{}, full, false, "does not say"},
		"unknown current":               {full, policy{Backend: "ollama"}, false, "not known"},
		"two unknown are not the same":  {policy{}, policy{}, false, "does not say"},
		"a template alone says nothing": {policy{Template: "t"}, policy{Template: "t"}, false, "does not say"},
	} {
		same, why := staleness.Same(tt.record, tt.current)
		if same != tt.want || !strings.Contains(why, tt.why) {
			t.Errorf("%s: %v, %q", name, same, why)
		}
	}
}

func TestJudge(t *testing.T) {
	good := staleness.Measured{Reward: 1, Passes: 3, Rollouts: 8, Old: -10, New: -10.5}
	for name, tt := range map[string]struct {
		change func(m *staleness.Measured)
		stays  bool
		why    string
	}{
		"as it is":            {func(*staleness.Measured) {}, true, "re-priced"},
		"a wrong one":         {func(m *staleness.Measured) { m.Reward = 0 }, true, "re-priced"},
		"far likelier":        {func(m *staleness.Measured) { m.New = -1e-9; m.Old = -2000 }, true, "weight 2,"},
		"never right":         {func(m *staleness.Measured) { m.Passes = 0 }, false, "nothing to tell apart"},
		"always right":        {func(m *staleness.Measured) { m.Passes = 8 }, false, "nothing to tell apart"},
		"too few":             {func(m *staleness.Measured) { m.Passes, m.Rollouts = 1, 3 }, false, "too few"},
		"not measured":        {func(m *staleness.Measured) { m.Passes, m.Rollouts = 0, 0 }, false, "no new pass rate"},
		"more passes than n":  {func(m *staleness.Measured) { m.Passes = 9 }, false, "no new pass rate"},
		"negative passes":     {func(m *staleness.Measured) { m.Passes = -1 }, false, "no new pass rate"},
		"reward is NaN":       {func(m *staleness.Measured) { m.Reward = math.NaN() }, false, "no new pass rate"},
		"hardly written":      {func(m *staleness.Measured) { m.New = -13 }, false, "below 0.1"},
		"never written":       {func(m *staleness.Measured) { m.New = math.Inf(-1) }, false, "below 0.1"},
		"could not be drawn":  {func(m *staleness.Measured) { m.Old = math.Inf(-1) }, false, "not log-probabilities"},
		"NaN":                 {func(m *staleness.Measured) { m.New = math.NaN() }, false, "not log-probabilities"},
		"likelier than sure":  {func(m *staleness.Measured) { m.New = 0.5 }, false, "not log-probabilities"},
		"infinitely likelier": {func(m *staleness.Measured) { m.New = math.Inf(1) }, false, "not log-probabilities"},
		"old above certainty": {func(m *staleness.Measured) { m.Old = 12 }, false, "not log-probabilities"},
	} {
		m := good
		tt.change(&m)
		v := staleness.Default().Judge(m)
		if v.Stays != tt.stays || !strings.Contains(v.Why, tt.why) {
			t.Errorf("%s: %v, %q", name, v.Stays, v.Why)
		}
		if _, err := json.Marshal(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUndefinedIsNull(t *testing.T) {
	got, err := json.Marshal(staleness.Default().Judge(staleness.Measured{Old: math.NaN()}))
	want := `{"stays":false,"why":"there is no new pass rate: 0 of 0 passes, reward 0","rate":null,"ratio":null,"weight":null,"advantage":null,"normalised_advantage":null}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

func TestAlways(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := staleness.Default()
		n := rapid.IntRange(1, 40).Draw(t, "n")
		m := staleness.Measured{
			Reward: float64(rapid.IntRange(0, 1).Draw(t, "reward")), Passes: rapid.IntRange(0, n).Draw(t, "passes"), Rollouts: n,
			Old: rapid.Float64Range(-500, 0).Draw(t, "old"), New: rapid.Float64Range(-500, 0).Draw(t, "new"),
		}
		v := limits.Judge(m)
		if *v.Weight < 0 || *v.Weight > limits.Cap || v.Stays && *v.Weight < limits.Floor {
			t.Fatalf("weight %v, stays %v", *v.Weight, v.Stays)
		}
		if (m.Reward == 1) != (*v.Advantage > 0) && m.Passes < n {
			t.Fatalf("a reward of %v has an advantage of %v", m.Reward, *v.Advantage)
		}
		if v.Stays && v.Normalised == nil {
			t.Fatal("a record stays that has no normalised advantage")
		}
		// An unchanged policy changes no weight.
		m.New = m.Old
		if v := limits.Judge(m); *v.Weight != 1 {
			t.Fatalf("the same policy: weight %v", *v.Weight)
		}
	})
}

// Over the policy's own distribution of right and wrong, the normalised advantages have mean 0 and
// variance 1.
func TestNormalisedAdvantage(t *testing.T) {
	for passes := 1; passes < 10; passes++ {
		judge := func(reward float64) float64 {
			return *staleness.Default().Judge(staleness.Measured{Reward: reward, Passes: passes, Rollouts: 10}).Normalised
		}
		p, right, wrong := float64(passes)/10, judge(1), judge(0)
		mean, square := p*right+(1-p)*wrong, p*right*right+(1-p)*wrong*wrong
		if math.Abs(mean) > 1e-12 || math.Abs(square-1) > 1e-12 {
			t.Errorf("%d of 10: mean %v, variance %v", passes, mean, square)
		}
	}
}

func TestLimitsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*staleness.Limits){
		"cap":          func(l *staleness.Limits) { l.Cap = .5 },
		"cap NaN":      func(l *staleness.Limits) { l.Cap = math.NaN() },
		"cap infinite": func(l *staleness.Limits) { l.Cap = math.Inf(1) },
		"floor":        func(l *staleness.Limits) { l.Floor = 1.5 },
		"floor NaN":    func(l *staleness.Limits) { l.Floor = math.NaN() },
		"rollouts":     func(l *staleness.Limits) { l.Rollouts = 1 },
	} {
		limits := staleness.Default()
		change(&limits)
		if err := limits.Check(); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := staleness.Default().Check(); err != nil {
		t.Error(err)
	}
}
