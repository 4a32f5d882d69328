package postcomp_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/verify"
)

// A check of the user's needs no known answer, and no agreement stands in for one.
func TestChecksJudgeProblemsWithoutAnAnswer(t *testing.T) {
	loader := &verify.Loader{Files: fstest.MapFS{
		"four.star":  {Data: []byte("def check(completion, answer): return 'answer is 4' in completion and answer == ''")},
		"loops.star": {Data: []byte("def check(completion, answer):\n  while True: pass")},
	}}
	cfg := assess
	cfg.Verifier, cfg.Load = "starlark:four.star", loader.Load
	judged := 0
	for _, record := range work(t, cfg, &toy{}, problem("")).Records {
		a, ok := record.(feedbackgen.Assessment)
		if !ok {
			continue
		}
		judged++
		right := strings.Contains(a.Completion.Messages[0].Content, "answer is 4")
		if (a.Feedback.Outcome == feedbackgen.Pass) != right || !strings.HasPrefix(a.Feedback.Verifier, "starlark:four.star@") {
			t.Errorf("%+v", a.Feedback)
		}
	}
	if judged == 0 {
		t.Error("no assessment")
	}
	cfg.Verifier = "starlark:loops.star"
	if result := work(t, cfg, &toy{}, problem("")); result.Counts["rollouts.invalid"] == 0 && result.Counts["answers.invalid"] == 0 {
		t.Errorf("a check that never ends is not counted: %v", result.Counts)
	}
}
