package format_test

import (
	"encoding/json"
	"testing"

	"github.com/feedbackgen/feedbackgen/guard/format"
)

// Whatever is read as a model classifies, and is written as it was read.
func FuzzModel(f *testing.F) {
	model, err := format.Fit(measured([]string{"2+3=5", "She adds five.\nThen she stops."}), format.Default())
	if err != nil {
		f.Fatal(err)
	}
	file, err := json.Marshal(model)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte(`{"version":1,"cut":0.4,"classes":[{"name":"a","mean":{"lines":{"prose":1}}}]}`))
	f.Add([]byte(`{"version":1,"cut":1e308,"other":-1,"classes":[{"count":1,"mean":{"log2_bytes":1e308}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var read format.Model
		if json.Unmarshal(data, &read) != nil {
			return
		}
		for _, text := range []string{"", "2+3=5", "She adds five."} {
			if class := read.Classify(format.Measure(text)); class < 0 || class > read.Other() {
				t.Fatalf("%q is in class %d of %d", text, class, read.Size())
			}
		}
		again, err := json.Marshal(read)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(again, &read); err != nil {
			t.Fatalf("%s is written as %s, which is refused: %v", data, again, err)
		}
	})
}

// Whatever is read as an alarm can watch.
func FuzzAlarm(f *testing.F) {
	f.Add([]byte(`{"version":1,"threshold_nats":5,"group":2,"spread":[[0.5,0.5],[1]]}`))
	f.Add([]byte(`{"version":1,"threshold_nats":-5,"group":65,"spread":[]}`))
	f.Add([]byte(`{"version":1,"threshold_nats":1e308,"group":64,"spread":[[1],[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var read format.Alarm
		if json.Unmarshal(data, &read) != nil {
			return
		}
		watch := read.Watch()
		for i := range 70 {
			if evidence := watch.Add("p", i%3-1); !(evidence >= 0) {
				t.Fatalf("%s: the evidence is %v", data, evidence)
			}
		}
	})
}
