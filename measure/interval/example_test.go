package interval_test

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen/measure/interval"
)

func ExampleByProblem() {
	// Four problems, each solved always or never: 40 observations that are worth far less.
	clusters := []interval.Cluster{{Hits: 10, Total: 10}, {Hits: 10, Total: 10}, {Hits: 10, Total: 10}, {Hits: 0, Total: 10}}
	share, ok := interval.ByProblem(clusters, interval.Level)
	fmt.Printf("%.2f [%.2f, %.2f] %v\n", share.Value, share.Low, share.High, ok)

	as40, _ := interval.Wilson(30, 40, interval.Level)
	fmt.Printf("as if independent [%.2f, %.2f]\n", as40.Low, as40.High)
	// Output:
	// 0.75 [0.13, 0.98] true
	// as if independent [0.60, 0.86]
}

func ExampleOf() {
	// The statistic is anything over problems, here the mean number of tokens.
	tokens := []float64{90, 110, 120, 130, 300}
	mean, err := interval.Of(interval.Default(), tokens, func(problems []float64) (float64, bool) {
		sum := 0.0
		for _, n := range problems {
			sum += n
		}
		return sum / float64(len(problems)), true
	})
	fmt.Printf("%.0f [%.0f, %.0f] %v\n", mean.Value, mean.Low, mean.High, err)
	// Output: 150 [104, 226] <nil>
}
