package judge

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// Judge says whether an answer meets a task's requirements. Implementations are safe for concurrent
// use, and given equal replies return equal verdicts.
type Judge interface {
	// Name is what records call this judge.
	Name() string
	// Judge grades one answer. The seed is the caller's for this answer; the judge's own draws derive
	// from it and the task's ID. Truncated answers are for the caller to call invalid: a judge cannot
	// see that they are.
	//
	// A call that the backend refuses for good ([backends.ErrRefused]) counts as an error within the
	// verdict; any other error ends the judging and is returned, without a verdict.
	Judge(ctx context.Context, backend backends.Backend, task Task, answer string, seed int64) (Verdict, error)
}

// Comparer is implemented by judges that can say which of two answers is better.
type Comparer interface {
	// Compare asks both ways round, and keeps the winner only if both say the same. Errors are as in
	// [Judge].
	Compare(ctx context.Context, backend backends.Backend, task Task, first, second string, seed int64) (Comparison, error)
}

// Limits of what is put before a judge: all of it may be a model's text.
const (
	// MaxRubrics bounds the rubrics of a task.
	MaxRubrics = 64
	// MaxText bounds task, reference, each rubric and the answer, in bytes.
	MaxText = 64 << 10
)

// Task is what an answer is graded against.
type Task struct {
	// ID tells tasks apart in seeds and reports.
	ID string
	// Text is what was asked.
	Text string
	// Rubrics are atomic requirements, at least one and at most [MaxRubrics]; an answer passes if it
	// meets all of them. [Rule] needs none.
	Rubrics []string
	// Reference is a right answer, empty if there is none. The judge sees it, so a record made from
	// its verdict does not leak it to the solver.
	Reference string
}

// Check says why a model cannot be asked about the task: such a task is invalid.
func (t Task) Check() error {
	switch {
	case strings.TrimSpace(t.Text) == "":
		return errors.New("the task is empty")
	case len(t.Rubrics) == 0:
		return errors.New("the task has no rubrics")
	case len(t.Rubrics) > MaxRubrics:
		return fmt.Errorf("the task has %d rubrics, more than %d", len(t.Rubrics), MaxRubrics)
	case len(t.Text) > MaxText || len(t.Reference) > MaxText:
		return fmt.Errorf("the task or its reference is longer than %d bytes", MaxText)
	}
	for i, rubric := range t.Rubrics {
		switch {
		case strings.TrimSpace(rubric) == "":
			return fmt.Errorf("rubric %d is empty", i+1)
		case len(rubric) > MaxText:
			return fmt.Errorf("rubric %d is longer than %d bytes", i+1, MaxText)
		}
	}
	return nil
}

// Verdict is what a judge makes of one answer.
type Verdict struct {
	// Outcome is Pass or Fail if enough votes could be read and they are clear; Abstain if they are
	// not clear; Invalid if too many votes, or the task or answer itself, cannot be read; Error if
	// too many calls were refused.
	Outcome feedbackgen.Outcome
	// Reason says why the outcome is neither Pass nor Fail; else it is empty.
	Reason string
	// Unreadable says that the outcome is Invalid because the answer cannot be judged, not because
	// the task or the judge is at fault: no answer was found by rule, or it is too long.
	Unreadable bool
	// PerRubric is the share of readable votes that say yes to each rubric, in the task's order; nil
	// without readable votes, and from [Rule].
	PerRubric []float64
	// Pass is the share of yes of the weakest rubric, in [0, 1]: the outcome is Pass where it is
	// clearly above 1/2. Nil without readable votes. Votes end once the outcome is decided, so shares
	// of few votes lean to 0 and 1.
	Pass *float64
	// Probability is the mean probability, over readable votes, that every rubric is answered yes,
	// from the verdict words' log-probabilities: uncalibrated, see [Calibration]. Nil unless every
	// readable vote has them.
	Probability *float64
	// Votes adds up what was asked.
	Votes Votes
	// Ballots are the votes one by one, in the order of their draws.
	Ballots []Ballot
}

// Votes counts calls: Asked = Readable + Invalid + Refused.
type Votes struct {
	Asked    int `json:"asked"`
	Readable int `json:"readable"`
	Invalid  int `json:"invalid"`
	Refused  int `json:"refused"`
}

// Ballot is one vote.
type Ballot struct {
	// Outcome is Pass if all rubrics are answered yes, Fail if some are not, Invalid if the reply
	// cannot be read, Error if the call was refused.
	Outcome feedbackgen.Outcome
	// Reason says why it is Invalid or Error.
	Reason string
	// Said holds yes (true) or no to each rubric, in the task's order, whatever order they were asked
	// in; nil if it cannot be read.
	Said []bool
	// Probability that all are answered yes, from the verdict words' log-probabilities; nil if
	// unknown.
	Probability *float64
	// Text is the reply. It is a model's: hostile.
	Text string
	// Seed drew the reply, and the order of the rubrics.
	Seed int64
}

// invalid is the verdict on a task that cannot be put before a judge.
func invalid(reason string) Verdict {
	return Verdict{Outcome: feedbackgen.Invalid, Reason: reason}
}

// unreadable is the verdict on an answer that cannot be judged.
func unreadable(reason string) Verdict {
	return Verdict{Outcome: feedbackgen.Invalid, Reason: reason, Unreadable: true}
}
