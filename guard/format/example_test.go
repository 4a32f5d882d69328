package format_test

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen/guard/format"
)

func Example() {
	// The first policy writes equations and prose.
	var base []format.Features
	for range 50 {
		base = append(base, format.Measure("12+5=17\n17*2=34\nThe answer is 34."))
		base = append(base, format.Measure("She has 12 plus 5 plums.\nThat makes 17.\nThe answer is 17."))
	}
	model, err := format.Fit(base, format.Default())
	if err != nil {
		fmt.Println(err)
		return
	}

	// A later one has a new habit.
	var seen []format.Observation
	for i, text := range []string{"3+4=7\nThe answer is 7.", "4+4=8\nThe answer is 8.", "| plums | 7 |\n| pears | 3 |\nThe answer is 10."} {
		seen = append(seen, format.Observation{Prompt: fmt.Sprint("p", i), Class: model.Classify(format.Measure(text))})
	}
	summary, err := format.Summarise(model, seen)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range summary.Classes {
		fmt.Printf("%s: %.2f, was %.2f\n", c.Name, c.Share, c.BaseShare)
	}
	fmt.Printf("drift %.2f bits\n", summary.Drift)
	// Output:
	// prose: 0.00, was 0.50
	// equations: 0.67, was 0.50
	// other: 0.33, was 0.00
	// drift 0.43 bits
}

func ExampleCalibrate() {
	// The base policy draws from two formats at random, 4 completions a prompt.
	var base []format.Observation
	for i := range 400 {
		base = append(base, format.Observation{Prompt: fmt.Sprint("p", i/4), Class: (i * i / 7) % 2})
	}
	alarm, err := format.Calibrate(base, 3, format.DefaultAlarm())
	if err != nil {
		fmt.Println(err)
		return
	}
	watch := alarm.Watch()
	for i := range 200 { // from now on it is always the second one
		watch.Add(fmt.Sprint("q", i/4), 1)
	}
	ring, rang := watch.Rang()
	fmt.Println(rang, ring.Class, ring.After < 100)
	// Output: true 1 true
}

func ExampleBalance() {
	var items []format.Item
	for i := range 20 {
		items = append(items, format.Item{ID: fmt.Sprint("r", i), Class: 0, Right: i%2 == 0})
	}
	items = append(items, format.Item{ID: "rare", Class: 1, Right: true})
	balanced, err := format.Balance(items, []string{"equations", "prose", "other"}, format.DefaultBalance())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d of %d equations are kept\n", balanced.After, balanced.Before)
	fmt.Println(balanced.Choices[20].Keep, balanced.Choices[20].Reason)
	// Output:
	// 9 of 20 equations are kept
	// true its format is not thinned
}
