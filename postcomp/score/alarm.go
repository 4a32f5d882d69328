package score

import "fmt"

// Thresholds of the alarms. They are this project's proposals, not figures from a paper.
const (
	// MinAlarm is how many observations an alarm needs: among fewer, anything looks constant.
	MinAlarm = 30
	// MinChanged is the share of second answers that differ from the first, below which a model has
	// stopped correcting.
	MinChanged = 0.05
	// HighRecall and LowRecall: a verdict is constant if it recalls more than the one of right answers
	// and less than the other of wrong ones, or the mirror image.
	HighRecall = 0.98
	LowRecall  = 0.05
	// MinDistinct is how many confidences there have to be: with fewer, confidence is constant.
	MinDistinct = 3
	// MinSpread is the standard deviation that confidences have to have.
	MinSpread = 0.02
)

// Alarm is a sign that a behaviour has collapsed.
type Alarm struct {
	// Name is one of the constants.
	Name AlarmName
	// Detail says in a few words what was seen.
	Detail string
}

// AlarmName names an alarm.
type AlarmName string

// The alarms.
const (
	ConstantConfidence AlarmName = "constant confidence"
	ConstantVerdict    AlarmName = "constant verdict"
	NeverChanged       AlarmName = "answers never changed"
)

func confidenceAlarm(c ConfidenceReport) []Alarm {
	if c.N < MinAlarm || c.Distinct >= MinDistinct && *c.StdDev >= MinSpread {
		return nil
	}
	return []Alarm{{ConstantConfidence, fmt.Sprintf("%d distinct among %d, standard deviation %.3f", c.Distinct, c.N, *c.StdDev)}}
}

func verdictAlarm(v Verdicts) []Alarm {
	right, wrong := v.RightRecall(), v.WrongRecall()
	if right == nil || wrong == nil || v.Right+v.Wrong < MinAlarm {
		return nil
	}
	if !(*right > HighRecall && *wrong < LowRecall) && !(*wrong > HighRecall && *right < LowRecall) {
		return nil
	}
	return []Alarm{{ConstantVerdict, fmt.Sprintf("recalls %.3f of %d right and %.3f of %d wrong answers", *right, v.Right, *wrong, v.Wrong)}}
}

func changeAlarm(c CorrectionReport) []Alarm {
	if c.N < MinAlarm || *c.Changed >= MinChanged {
		return nil
	}
	return []Alarm{{NeverChanged, fmt.Sprintf("%.3f of %d second answers differ from the first", *c.Changed, c.N)}}
}
