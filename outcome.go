package feedbackgen

// Outcome is what became of an attempt. There are exactly five, and only two of them are labels.
type Outcome string

// The five outcomes. Only Pass and Fail say anything about whether the model was right.
const (
	// Pass: the answer is right.
	Pass Outcome = "pass"
	// Fail: there is an answer and it is wrong.
	Fail Outcome = "fail"
	// Abstain: whoever was to judge has no opinion, such as a vote without a majority.
	Abstain Outcome = "abstain"
	// Invalid: there is nothing to judge: unparsable, truncated, or an ill-posed problem.
	Invalid Outcome = "invalid"
	// Error: infrastructure failed. It says nothing about the model.
	Error Outcome = "error"
)

// Outcomes lists all five, in the order in which reports show them.
var Outcomes = [...]Outcome{Pass, Fail, Abstain, Invalid, Error}

// IsLabel reports whether the outcome may become a correctness label.
func (o Outcome) IsLabel() bool { return o == Pass || o == Fail }
