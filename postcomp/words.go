package postcomp

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen/measure/interval"
)

// optional is a number in words, "undefined" where there is none.
func optional(x *float64) string {
	if x == nil {
		return "undefined"
	}
	return fmt.Sprintf("%.3f", *x)
}

func percent(x *float64) string {
	if x == nil {
		return "undefined"
	}
	return fmt.Sprintf("%.1f %%", 100**x)
}

func estimate(e *interval.Estimate) string {
	if e == nil {
		return "undefined"
	}
	return fmt.Sprintf("%.3f (95 %% interval %.3f to %.3f)", e.Value, e.Low, e.High)
}
