package main

import (
	"bytes"
	"strings"
	"testing"
)

// Issue: the embedded model's three formats are found with purity of at least 0.95. The whole of it,
// 3,000 completions, is go run ./evals/formats.
func TestThreeFormatsAreFound(t *testing.T) {
	drawn, err := draw(t.Context(), 60, 6, 1)
	if err != nil {
		t.Fatal(err)
	}
	f, err := find(drawn)
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := f.print(&table, false); err != nil {
		t.Fatal(err)
	}
	if len(f.model.Classes) != 3 || f.purity() < 0.95 {
		t.Errorf("not three classes of purity .95:\n%s", &table)
	}
	if f.summary.N != 360 || !strings.Contains(table.String(), "3 classes beside other") {
		t.Errorf("%s", &table)
	}
}

func TestDetectorIsStrict(t *testing.T) {
	d := newDetector()
	for text, want := range map[string]string{
		"12+5=17\n17*2=34\nThe answer is 34.":                                   "equations",
		"Step 1: 12 + 5 -> 17\nThe answer is 17.":                               "list",
		"12 plus 5 is 17.\nThen taking 3 from 17 leaves 14.\nThe answer is 14.": "prose",
		"One of 2 parts of 14 is 7.\nThe answer is 7.":                          "prose",
		"Then Taking 3 from 17 leaves 14.\nThe answer is 14.":                   none,
		"12+5=17\n17 times 2 is 34.\nThe answer is 34.":                         none,
		"12 + 5 = 17\nThe answer is 17.":                                        none,
		"12+5=17":                                                               none,
		"The answer is 17.":                                                     none,
	} {
		if got := d.truth(text); got != want {
			t.Errorf("%q is %s, not %s", text, got, want)
		}
	}
}

// Issue: noticed within 200 completions in at least 95 % of streams, at 1 % false alarms within
// 3,000. The bounds are those that an alarm which just keeps this promise breaks once in a hundred
// times: of 200 streams, 2.33 standard deviations below 190; of 400, as many above 4. The whole of it
// is go run ./evals/formats --alarm.
func TestTakeOverIsNoticed(t *testing.T) {
	for _, w := range worlds() {
		f, err := simulate(w, plan{bases: 5, detections: 40, calm: 80, calibration: 800, seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		var figures bytes.Buffer
		if err := f.print(&figures, w.name); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s", &figures)
		if f.forced != 200 || f.noticed < 183 || f.calm != 400 || f.alarms > 8 {
			t.Errorf("not what was promised: %s", w.name)
		}
	}
}
