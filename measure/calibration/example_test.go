package calibration_test

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen/measure/calibration"
)

func ExampleECE() {
	pairs := []calibration.Pair{{Confidence: 0.9, Correct: true}, {Confidence: 0.9, Correct: false}, {Confidence: 0.3, Correct: false}}
	ece, _ := calibration.ECE(calibration.EqualWidth(pairs, calibration.Bins))
	brier, _ := calibration.Brier(pairs)
	_, ok := calibration.AUROC(pairs[1:])
	fmt.Printf("ECE %.3f, Brier %.3f, AUROC of wrong answers alone is defined: %v\n", ece, brier, ok)
	// Output: ECE 0.367, Brier 0.303, AUROC of wrong answers alone is defined: false
}

func ExampleCrossFit() {
	var samples []calibration.Sample
	for i := range 40 {
		samples = append(samples, calibration.Sample{
			Problem: fmt.Sprint(i % 10), Score: float64(i%2)*0.2 + 0.8, Correct: i%2 == 1 && i%4 == 1, Weight: 1,
		})
	}
	probabilities, err := calibration.CrossFit(samples, 5, calibration.FitIsotonic)
	fmt.Printf("%.2f %.2f %v\n", probabilities[0], probabilities[1], err)
	// Output: 0.00 0.50 <nil>
}
