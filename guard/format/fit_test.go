package format_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/guard/format"
)

// written is n texts of each style, in turn, some of them cut.
func written(rng *rand.Rand, styles []style, n int) (texts []string, truth []int) {
	for range n {
		for i, s := range styles {
			text := s.write(rng)
			if rng.IntN(20) == 0 {
				text = text[:len(text)*9/10]
			}
			texts, truth = append(texts, text), append(truth, i)
		}
	}
	return texts, truth
}

func measured(texts []string) []format.Features {
	all := make([]format.Features, len(texts))
	for i, text := range texts {
		all[i] = format.Measure(text)
	}
	return all
}

func fitted(t *testing.T, features []format.Features) format.Model {
	t.Helper()
	model, err := format.Fit(features, format.Default())
	if err != nil {
		t.Fatal(err)
	}
	return model
}

func TestStylesAreFoundWithoutTheirNumber(t *testing.T) {
	all := styles()
	texts, truth := written(rand.New(rand.NewPCG(1, 0)), all, 200)
	features := measured(texts)
	model := fitted(t, features)
	if len(model.Classes) != len(all) {
		t.Errorf("%d classes for %d styles: %q", len(model.Classes), len(all), model.Names())
	}
	table := make([][]int, model.Size())
	for i := range table {
		table[i] = make([]int, len(all))
	}
	for i, f := range features {
		table[model.Classify(f)][truth[i]]++
	}
	pure := 0
	for class, row := range table {
		most := 0
		for i, n := range row {
			if n > row[most] {
				most = i
			}
		}
		pure += row[most]
		t.Logf("%q: mostly %s, %v", model.Names()[class], all[most].name, row)
	}
	if purity := float64(pure) / float64(len(texts)); purity < 0.97 {
		t.Errorf("purity %.3f", purity)
	}
}

func TestOneStyleIsOneClass(t *testing.T) {
	for _, s := range styles() {
		texts, _ := written(rand.New(rand.NewPCG(2, 0)), []style{s}, 300)
		if model := fitted(t, measured(texts)); len(model.Classes) != 1 {
			t.Errorf("%s is %d classes: %q", s.name, len(model.Classes), model.Names())
		}
	}
}

// A style that the base policy never wrote is in none of its classes.
func TestNewStyleIsOther(t *testing.T) {
	all := styles()
	for left := range all {
		var known []style
		for i, s := range all {
			if i != left {
				known = append(known, s)
			}
		}
		texts, _ := written(rand.New(rand.NewPCG(3, 0)), known, 60)
		model := fitted(t, measured(texts))
		fresh, _ := written(rand.New(rand.NewPCG(4, 0)), all[left:left+1], 100)
		other := 0
		for _, f := range measured(fresh) {
			if model.Classify(f) == model.Other() {
				other++
			}
		}
		if other < 90 {
			t.Errorf("only %d of 100 completions in the new style %q are other", other, all[left].name)
		}
	}
}

func TestNamesDescribe(t *testing.T) {
	want := map[string]string{
		"prose": "prose", "equations": "equations", "bullets": "bullets", "function": "code",
		"table": "table", "Chinese": "prose in Han", "bare answer": "bare answer",
	}
	for _, s := range styles() {
		if want[s.name] == "" {
			continue
		}
		texts, _ := written(rand.New(rand.NewPCG(5, 0)), []style{s}, 100)
		if got := fitted(t, measured(texts)).Names()[0]; !strings.HasPrefix(got, want[s.name]) {
			t.Errorf("%s is called %q, not %q", s.name, got, want[s.name])
		}
	}
}

func TestModelSurvivesItsFile(t *testing.T) {
	texts, _ := written(rand.New(rand.NewPCG(6, 0)), styles(), 50)
	features := measured(texts)
	model := fitted(t, features)
	file, err := json.Marshal(model)
	if err != nil {
		t.Fatal(err)
	}
	var read format.Model
	if err := json.Unmarshal(file, &read); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(file), string(again)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(model.Names(), read.Names()); diff != "" {
		t.Error(diff)
	}
	for i, f := range features {
		if got, want := read.Classify(f), model.Classify(f); got != want {
			t.Fatalf("%q is in class %d, was in %d", texts[i], got, want)
		}
	}
	repeat, err := json.Marshal(fitted(t, features))
	if err != nil || string(repeat) != string(file) {
		t.Errorf("another fit on the same texts differs (%v)", err)
	}
}

func TestForeignModelsAreRefused(t *testing.T) {
	for _, file := range []string{
		`{}`, `[]`,
		`{"version":2,"cut":0.4,"classes":[{"name":"a"}]}`,
		`{"version":1,"cut":0,"classes":[{"name":"a"}]}`,
		`{"version":1,"cut":0.4,"classes":[]}`,
		`{"version":1,"cut":0.4,"classes":[{"name":"a","mean":{"lines":{"poems":1}}}]}`,
		`{"version":1,"cut":0.4,"classes":[{"name":"a","mean":{"lines":{"prose":-1}}}]}`,
		`{"version":1,"cut":0.4,"classes":[{"name":"a","mean":{"lines":{"prose":2}}}]}`,
		`{"version":1,"cut":0.4,"classes":[{"name":"a","count":-1}]}`,
	} {
		var m format.Model
		if err := json.Unmarshal([]byte(file), &m); err == nil {
			t.Errorf("%s is taken for a model", file)
		}
	}
}

func TestFitRefusesWhatIsUndefined(t *testing.T) {
	if _, err := format.Fit(nil, format.Default()); err == nil {
		t.Error("formats are found in no completions")
	}
	if _, err := format.Fit(measured([]string{"a"}), format.Config{}); err == nil {
		t.Error("a cut of 0 is taken")
	}
}

// Whatever the texts: every text has a class, the counts add up, and copies are in one class.
func TestEveryTextHasAClass(t *testing.T) {
	all := styles()
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var texts []string
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			texts = append(texts, all[rng.IntN(len(all))].write(rng))
		}
		texts = append(texts, rapid.SliceOfN(rapid.String(), 0, 5).Draw(t, "noise")...)
		features := measured(texts)
		model, err := format.Fit(features, format.Default())
		if err != nil {
			t.Fatal(err)
		}
		counts := make([]int, model.Size())
		for i, f := range features {
			class := model.Classify(f)
			counts[class]++
			if again := model.Classify(format.Measure(texts[i])); again != class {
				t.Fatalf("%q is in class %d and in class %d", texts[i], class, again)
			}
		}
		sum := 0
		for _, n := range model.Counts() {
			sum += n
		}
		if sum != len(texts) {
			t.Fatalf("%v do not add up to %d", model.Counts(), len(texts))
		}
		names := map[string]bool{}
		for _, name := range model.Names() {
			if names[name] {
				t.Fatalf("two classes are called %q", name)
			}
			names[name] = true
		}
	})
}
