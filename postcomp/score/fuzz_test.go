package score_test

import (
	"testing"

	"github.com/feedbackgen/feedbackgen/postcomp/score"
)

func seeds(f *testing.F) {
	for _, seed := range []string{
		"42\n<assess>\nI checked each step.\nconfidence: 0.9", "42\n<assess>\nreward: [1, 0]\nconfidence: 85 %\n<confidence>0.85</confidence>",
		"x <assess> y", "<assess>\n<assess>", "a\n<assess>\nconfidence: 8/10.", "a\n<assess>\nconfidence: 1e9/-1", "reward: [[1],NaN,0x1]",
		"<reward>\n[1, 0]\n</reward><confidence>1</CONFIDENCE>", "confi\u200bdence: \u202e0.1\nconfidence: 0.1", "＜confidence＞１％", "\r\n\xff<confidence>",
	} {
		f.Add(seed)
	}
}

func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []score.Format{{}, pair(), {Marker: "\n"}} {
			checkAssessment(t, text, format, score.Parse(text, format))
		}
	})
}

func FuzzParseAfter(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []score.Format{{}, pair(), {Marker: "0"}} {
			checkAssessment(t, text, format, score.ParseAfter(text, format))
		}
	})
}

func FuzzEditRatio(f *testing.F) {
	f.Add("kitten", "sitting")
	f.Add("a\nb\n", "b\na\n")
	f.Add("\xff", "\xfe")
	f.Fuzz(func(t *testing.T, a, b string) {
		ratio, _ := score.EditRatio(a, b)
		if back, _ := score.EditRatio(b, a); ratio != back || !(ratio >= 0 && ratio <= 1) {
			t.Fatalf("%v there, %v back", ratio, back)
		}
	})
}
