package critic_test

import (
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
)

// tell counts a score as a search does.
func tell(counts feedbackgen.Counts, score critic.Score, outcome feedbackgen.Outcome) {
	counts.Count(critic.CountNames("value", score, outcome)...)
}

// A critic that ranks well and claims too much is mended across problems.
func TestCalibrationMendsAnOverconfidentCritic(t *testing.T) {
	all := critic.NewCalibration()
	for range 20 {
		counts := feedbackgen.Counts{}
		for i := range 20 {
			outcome := feedbackgen.Fail
			if i < 10 { // says .9 and is right six times of ten; says .7 and is right twice
				if i < 6 {
					outcome = feedbackgen.Pass
				}
				tell(counts, critic.Score{Value: 0.9}, outcome)
				continue
			}
			if i < 12 {
				outcome = feedbackgen.Pass
			}
			tell(counts, critic.Score{Value: 0.7}, outcome)
		}
		tell(counts, critic.Score{Value: 0.5}, feedbackgen.Invalid)
		tell(counts, critic.Score{Abstained: critic.Refused}, feedbackgen.Pass)
		if err := counts.Check(); err != nil {
			t.Fatal(err)
		}
		all.Add(counts)
	}
	got := all.Calibrated()
	if len(got) != 1 || got[0].Critic != "value" || got[0].Spoke != 420 || got[0].Abstained[critic.Refused] != 20 {
		t.Fatalf("%+v", got)
	}
	before, after := got[0].Before, got[0].After
	if before == nil || after == nil || before.N != 400 || before.ECE < 0.35 || after.ECE > 0.01 || after.Brier.Brier >= before.Brier.Brier {
		t.Errorf("before %+v, after %+v", before, after)
	}
	report := all.Report()
	if len(report.Notes) != 1 || !strings.Contains(report.Notes[0], "20 abstained (refused)") || !strings.Contains(report.Notes[0], "isotonic") {
		t.Error(report.Notes)
	}
}

// Where there is not enough to measure, nothing is claimed.
func TestCalibrationClaimsNothingOfTooLittle(t *testing.T) {
	all := critic.NewCalibration()
	counts := feedbackgen.Counts{"rollouts": 3}
	tell(counts, critic.Score{Abstained: critic.Unreadable}, feedbackgen.Fail)
	all.Add(counts)
	if got := all.Calibrated(); len(got) != 1 || got[0].Before != nil || got[0].After != nil {
		t.Errorf("%+v", got)
	}
	counts = feedbackgen.Counts{}
	tell(counts, critic.Score{Value: 1}, feedbackgen.Pass)
	all.Add(counts)
	if got := all.Calibrated(); got[0].Before == nil || got[0].After != nil {
		t.Errorf("two problems cannot be cross-fitted in five folds: %+v", got)
	}
}
