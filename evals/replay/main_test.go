package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

// The promise, over the committed scenarios, with slack for the number of runs: each count may lie 3
// standard deviations above what is promised. The seed is fixed, so that the test says the same each
// time; the command has more runs.
func TestPromise(t *testing.T) {
	const runs, seed = 800, 7
	const most = 0.05
	rules := append(promised(), setting{400, 0})
	for _, s := range scenarios() {
		results, err := measure(s, rules, runs, seed)
		if err != nil {
			t.Fatal(err)
		}
		product := results[len(results)-1]
		for i, set := range promised() {
			r := results[i]
			if slack := 3 * math.Sqrt(most*(1-most)/runs); r.share(r.worse) > most+slack {
				t.Errorf("%s, %+v: worse than no skills in %.1f %%", s.name, set, 100*r.share(r.worse))
			}
			if set.budget == 400 && r.loss > product.loss/5+3*r.lossError() {
				t.Errorf("%s, %+v: the loss %.5f is above a fifth of the product rule's %.5f", s.name, set, r.loss, product.loss)
			}
			if s.name == "harmful" && set.budget == 400 && r.regret >= product.regret {
				t.Errorf("%s, %+v: the regret %.4f is not below %.4f", s.name, set, r.regret, product.regret)
			}
			if set.budget == 400 && s.name != "harmful" && r.gain <= 0 {
				t.Errorf("%s, %+v: never choosing anything is no merit: gain %.4f", s.name, set, r.gain)
			}
		}
		if s.name == "harmful" && product.share(product.worse) < 0.1 {
			t.Errorf("the product rule is worse in only %.1f %%: the scenario tests nothing", 100*product.share(product.worse))
		}
	}
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	if err := table(&out, 3, 1); err != nil {
		t.Fatal(err)
	}
	want := 1 + 9*(len(scenarios())+len(beyond()))
	if got := strings.Count(out.String(), "\n"); got != want {
		t.Errorf("%d lines, want %d:\n%s", got, want, out.String())
	}
}
