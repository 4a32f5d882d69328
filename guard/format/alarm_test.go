package format_test

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/guard/format"
)

// completions of prompts that each stick to one of three formats, as often as loyal says.
func completions(rng *rand.Rand, prompts, each int, loyal float64) []format.Observation {
	var all []format.Observation
	for p := range prompts {
		favourite := rng.IntN(3)
		for range each {
			class := rng.IntN(3)
			if rng.Float64() < loyal {
				class = favourite
			}
			all = append(all, format.Observation{Prompt: strconv.Itoa(p), Class: class})
		}
	}
	return all
}

func calibrated(t *testing.T, base []format.Observation) format.Alarm {
	t.Helper()
	c := format.DefaultAlarm()
	c.Streams = 400
	alarm, err := format.Calibrate(base, 4, c)
	if err != nil {
		t.Fatal(err)
	}
	return alarm
}

func TestAlarmRingsForWhatTakesOver(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for _, loyal := range []float64{0, 0.9} {
		alarm := calibrated(t, completions(rng, 100, 10, loyal))
		for class := range 3 {
			watch := alarm.Watch()
			for i, o := range completions(rng, 60, 10, loyal) {
				if i >= 400 && rng.IntN(10) > 0 {
					o.Class = class
				}
				watch.Add(o.Prompt, o.Class)
			}
			ring, rang := watch.Rang()
			if !rang || ring.Class != class || ring.After <= 400 || ring.After > 600 {
				t.Errorf("loyal %v: class %d takes over after 400: %+v, %v", loyal, class, ring, rang)
			}
		}
	}
}

// A format that the base policy does not have is noticed within a few completions.
func TestAlarmRingsForANewFormat(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 0))
	watch := calibrated(t, completions(rng, 100, 10, 0.5)).Watch()
	for i := range 20 {
		watch.Add(strconv.Itoa(i), 17) // a class that the base lacks is other
	}
	if ring, rang := watch.Rang(); !rang || ring.Class != 3 || ring.After < 2 {
		t.Errorf("%+v, %v", ring, rang)
	}
}

// The more formats hang on prompts, the less do many completions of one prompt count.
func TestOnePromptIsLittleEvidenceWherePromptsDecide(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 0))
	evidence := func(loyal float64) (last float64) {
		watch := calibrated(t, completions(rng, 100, 10, loyal)).Watch()
		for range 10 {
			last = watch.Add("p", 0)
		}
		return last
	}
	if free, bound := evidence(0), evidence(0.95); free < 5 || bound > 2 {
		t.Errorf("ten of one format on one prompt: %v nats where prompts do not matter, %v where they decide", free, bound)
	}
}

func TestAlarmSurvivesItsFile(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 0))
	alarm := calibrated(t, completions(rng, 50, 8, 0.7))
	file, err := json.Marshal(alarm)
	if err != nil {
		t.Fatal(err)
	}
	var read format.Alarm
	if err := json.Unmarshal(file, &read); err != nil {
		t.Fatal(err)
	}
	a, b := alarm.Watch(), read.Watch()
	for _, o := range completions(rng, 50, 20, 1) { // longer than the base's
		if x, y := a.Add(o.Prompt, o.Class), b.Add(o.Prompt, o.Class); x != y {
			t.Fatalf("%v before, %v after", x, y)
		}
	}
	for _, bad := range []string{`{}`, `{"version":1,"group":1}`, `{"version":1,"group":100,"spread":[[1]]}`, `{"version":1,"group":1,"spread":[[0.5]]}`, `{"version":1,"group":1,"spread":[[2,-1]]}`} {
		if err := json.Unmarshal([]byte(bad), &read); err == nil {
			t.Errorf("%s is taken for an alarm", bad)
		}
	}
}

func TestCalibrateRefusesWhatSaysNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 0))
	good := format.DefaultAlarm()
	for name, tt := range map[string]struct {
		base []format.Observation
		c    format.AlarmConfig
	}{
		"few prompts":     {completions(rng, 9, 100, 0), good},
		"no completions":  {nil, good},
		"a class too far": {append(completions(rng, 20, 2, 0), format.Observation{Class: 4}), good},
		"few streams":     {completions(rng, 20, 2, 0), format.AlarmConfig{FalseAlarms: 0.01, Horizon: 100, Streams: 50}},
		"no horizon":      {completions(rng, 20, 2, 0), format.AlarmConfig{FalseAlarms: 0.01, Streams: 500}},
		"certain alarms":  {completions(rng, 20, 2, 0), format.AlarmConfig{FalseAlarms: 1, Horizon: 100, Streams: 500}},
	} {
		if _, err := format.Calibrate(tt.base, 4, tt.c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The same base gives the same alarm, and an alarm that is to ring less often needs more evidence.
func TestThresholds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := completions(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), 20, 3, 0.5)
		file := func(rate float64) string {
			alarm, err := format.Calibrate(base, 4, format.AlarmConfig{FalseAlarms: rate, Horizon: 60, Streams: 50, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(alarm)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		threshold := func(file string) float64 {
			var a struct {
				Threshold float64 `json:"threshold_nats"`
			}
			if err := json.Unmarshal([]byte(file), &a); err != nil {
				t.Fatal(err)
			}
			return a.Threshold
		}
		rare, again, often := file(0.04), file(0.04), file(0.5)
		if rare != again {
			t.Fatal("another calibration on the same base differs")
		}
		if threshold(rare) < threshold(often) || threshold(often) < 0 {
			t.Fatalf("%v for rare alarms, %v for frequent ones", threshold(rare), threshold(often))
		}
	})
}

func BenchmarkWatch(b *testing.B) {
	rng := rand.New(rand.NewPCG(6, 0))
	base := completions(rng, 200, 15, 0.8)
	c := format.DefaultAlarm()
	c.Streams = 200
	alarm, err := format.Calibrate(base, 4, c)
	if err != nil {
		b.Fatal(err)
	}
	watch := alarm.Watch()
	for i := 0; b.Loop(); i++ {
		watch.Add(base[i%len(base)].Prompt, base[i%len(base)].Class)
	}
}

func BenchmarkCalibrate(b *testing.B) {
	base := completions(rand.New(rand.NewPCG(7, 0)), 200, 15, 0.8)
	for b.Loop() {
		if _, err := format.Calibrate(base, 4, format.DefaultAlarm()); err != nil {
			b.Fatal(err)
		}
	}
}
