package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/feedbackgen/feedbackgen"
)

// AlarmConfig says how rare false alarms are to be.
type AlarmConfig struct {
	// FalseAlarms is the chance that a policy which is still the base rings within Horizon
	// completions; default 0.01 within 3000.
	FalseAlarms float64
	Horizon     int
	// Streams is how many streams the threshold is taken from; default 2000.
	Streams int
	Seed    uint64
}

// DefaultAlarm is what has been tested.
func DefaultAlarm() AlarmConfig {
	return AlarmConfig{FalseAlarms: 0.01, Horizon: 3000, Streams: 2000, Seed: 1}
}

func (c AlarmConfig) check() error {
	var what string
	switch {
	case c.Horizon < 1:
		what = "the horizon is at least 1 completion"
	case !(0 < c.FalseAlarms && c.FalseAlarms < 1):
		what = "the chance of a false alarm is between 0 and 1"
	case float64(c.Streams+1)*c.FalseAlarms/caution < 1:
		what = fmt.Sprintf("%d streams cannot tell what happens in %.3g of them", c.Streams, c.FalseAlarms/caution)
	default:
		return nil
	}
	return feedbackgen.BadInput("format alarm", errors.New(what), "format.DefaultAlarm() has good settings")
}

// caution is by how much rarer than asked false alarms are among resampled streams. Few hundred
// prompts do not show how odd others can be: where formats hang strongly on 200 to 375 base prompts,
// new streams rang 1.3 to 1.8 times as often as resampled ones (go run ./evals/formats --alarm).
const caution = 2

// leastPrompts is the number of prompts below which resampling them says nothing of other prompts.
const leastPrompts = 10

var errPrompts = errors.New("too few prompts to resample")

// Alarm rings when one format takes over. [Calibrate] makes one, or its JSON; the zero value is none.
type Alarm struct {
	// threshold is the evidence in nats above which it rings.
	threshold float64
	// group is how many completions of one prompt are judged together.
	group int
	// mixtures are the base policy's prompts, by class.
	mixtures []mixture
}

// Calibrate learns from the base policy's completions, in classes 0 to classes-1, how formats hang
// on prompts, and how much evidence is an alarm.
//
// Completions of one prompt tend to share a format, so 200 completions may say no more than 20
// independent ones. Two things follow. First, evidence is weighed by prompt: the watch is a CUSUM
// of the log likelihood ratio of each prompt's completions under a take-over and under the base,
// where a prompt's share of a class is drawn from the spread that base prompts have. Second, the
// threshold is bootstrapped by prompt: each of c.Streams fresh streams is prompts drawn with
// replacement, each with as many completions as it has, and is watched by what another resample of
// all prompts teaches, because the base itself is known from these prompts only. A drawn prompt's
// completions are drawn from its own with replacement, too: copies of the same few hundred sets
// would hide that new prompts are more extreme than any seen, which makes false alarms several
// times as frequent where formats do not depend on prompts. The threshold is the quantile of the
// streams' largest evidence that makes false alarms, among them, half as frequent as asked.
//
// It holds for streams in which a prompt's completions are about as many as in the base. If they are
// more, false alarms are more frequent.
func Calibrate(base []Observation, classes int, c AlarmConfig) (Alarm, error) {
	if err := c.check(); err != nil {
		return Alarm{}, err
	}
	prompts, err := byPrompt(base, classes)
	if err != nil {
		return Alarm{}, err
	}
	if len(prompts) < leastPrompts {
		return Alarm{}, feedbackgen.BadInput("format alarm", fmt.Errorf("%w: %d", errPrompts, len(prompts)),
			fmt.Sprintf("sample the base policy on %d prompts or more; 200 are good", leastPrompts))
	}
	group := 1
	for _, p := range prompts {
		group = max(group, min(len(p), largestGroup))
	}
	likely := newLikelihoods(group)
	rng := rand.New(rand.NewPCG(c.Seed, 0))
	largest := make([]float64, c.Streams)
	again := make([][]int, len(prompts))
	for i := range largest {
		for j := range again {
			again[j] = prompts[rng.IntN(len(prompts))]
		}
		w := likely.watch(likely.mixtures(again, classes), math.Inf(1))
		for n := 0; n < c.Horizon; {
			p := prompts[rng.IntN(len(prompts))]
			w.begin()
			for range min(len(p), c.Horizon-n) {
				largest[i] = max(largest[i], w.add(p[rng.IntN(len(p))]))
				n++
			}
		}
	}
	slices.Sort(largest)
	// The next stream is one of Streams+1 alike: it is above this one with the chance asked for.
	rank := int(math.Ceil((1-c.FalseAlarms/caution)*float64(c.Streams+1))) - 1
	return Alarm{largest[min(rank, c.Streams-1)], group, likely.mixtures(prompts, classes)}, nil
}

// byPrompt groups classes by prompt, in the order of the prompts' first completions.
func byPrompt(base []Observation, classes int) ([][]int, error) {
	index := map[string]int{}
	var prompts [][]int
	for _, o := range base {
		if o.Class < 0 || o.Class >= classes {
			return nil, feedbackgen.BadInput("format alarm", errClass, "classes are 0 to Model.Size()-1")
		}
		at, known := index[o.Prompt]
		if !known {
			at = len(prompts)
			index[o.Prompt] = at
			prompts = append(prompts, nil)
		}
		prompts[at] = append(prompts[at], o.Class)
	}
	return prompts, nil
}

// mixtures fits one by class. A prompt with more completions than are judged together counts as
// several.
func (l likelihoods) mixtures(prompts [][]int, classes int) []mixture {
	tables := make([]float64, classes*len(l.calm))
	counts := make([]int, classes)
	for _, p := range prompts {
		for part := range slices.Chunk(p, l.group) {
			clear(counts)
			for _, class := range part {
				counts[class]++
			}
			for class, n := range counts {
				tables[class*len(l.calm)+at(len(part), n)]++
			}
		}
	}
	all := make([]mixture, classes)
	for class := range all {
		all[class] = l.mixture(tables[class*len(l.calm) : (class+1)*len(l.calm)])
	}
	return all
}

type alarmJSON struct {
	Version   int       `json:"version"`
	Threshold float64   `json:"threshold_nats"`
	Group     int       `json:"group"`
	Spread    []mixture `json:"spread"`
}

// MarshalJSON writes what [Alarm.UnmarshalJSON] reads.
func (a Alarm) MarshalJSON() ([]byte, error) {
	return json.Marshal(alarmJSON{modelVersion, a.threshold, a.group, a.mixtures})
}

var errAlarm = errors.New("not a format alarm")

// UnmarshalJSON reads an alarm, which then rings as the one that was written.
func (a *Alarm) UnmarshalJSON(data []byte) error {
	var file alarmJSON
	if err := json.Unmarshal(data, &file); err != nil {
		return unreadable(err)
	}
	if file.Version != modelVersion {
		return unreadable(fmt.Errorf("%w: version %d, not %d", errVersion, file.Version, modelVersion))
	}
	if file.Group < 1 || file.Group > largestGroup || len(file.Spread) == 0 || file.Threshold < 0 {
		return unreadable(fmt.Errorf("%w: it needs a group of 1 to %d, a threshold and classes", errAlarm, largestGroup))
	}
	for _, m := range file.Spread {
		sum := 0.0
		for _, w := range m {
			if w < 0 {
				return unreadable(fmt.Errorf("%w: a weight is negative", errAlarm))
			}
			sum += w
		}
		if math.Abs(sum-1) > 1e-6 {
			return unreadable(fmt.Errorf("%w: weights sum to %v, not 1", errAlarm, sum))
		}
	}
	*a = Alarm{file.Threshold, file.Group, file.Spread}
	return nil
}
