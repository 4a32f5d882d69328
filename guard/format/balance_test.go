package format_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/guard/format"
)

func names() []string { return []string{"equations", "prose", "bullets", "other"} }

// items are right ones of each class, then wrong ones.
func items(right, wrong [4]int) []format.Item {
	var all []format.Item
	for i, counts := range [][4]int{right, wrong} {
		for class, n := range counts {
			for range n {
				all = append(all, format.Item{ID: strconv.Itoa(len(all)), Class: class, Right: i == 0})
			}
		}
	}
	return all
}

func balanced(t *testing.T, all []format.Item, c format.BalanceConfig) (format.Balanced, [4]int) {
	t.Helper()
	b, err := format.Balance(all, names(), c)
	if err != nil {
		t.Fatal(err)
	}
	var kept [4]int
	for i, choice := range b.Choices {
		if choice.Keep {
			kept[all[i].Class]++
		}
	}
	return b, kept
}

func TestTheMostFrequentFormatIsThinned(t *testing.T) {
	third := []float64{1. / 3, 1. / 3, 1. / 3, 0}
	for _, tt := range []struct {
		name  string
		right [4]int
		c     format.BalanceConfig
		want  [4]int
	}{
		{"below the cap", [4]int{90, 5, 5}, format.DefaultBalance(), [4]int{90, 5, 5}},
		{"above the cap", [4]int{280, 10, 10}, format.DefaultBalance(), [4]int{180, 10, 10}},
		{"to the floor", [4]int{1000, 1}, format.DefaultBalance(), [4]int{250, 1}},
		{"alone", [4]int{1000}, format.DefaultBalance(), [4]int{1000}},
		{"to its target", [4]int{300, 100, 100}, format.BalanceConfig{Target: third}, [4]int{100, 100, 100}},
		{"to the next", [4]int{300, 200, 10}, format.BalanceConfig{Target: third}, [4]int{200, 200, 10}},
		{"as in the base", [4]int{900, 50, 50}, format.BalanceConfig{Target: []float64{0.9, 0.05, 0.05, 0}}, [4]int{900, 50, 50}},
		{"a rare one grows", [4]int{800, 150, 50}, format.BalanceConfig{Target: []float64{0.9, 0.05, 0.05, 0}}, [4]int{800, 150, 50}},
		{"a new one takes over", [4]int{10, 10, 10, 100}, format.BalanceConfig{Target: third}, [4]int{10, 10, 10, 10}},
		{"two alike", [4]int{50, 50}, format.BalanceConfig{Target: third}, [4]int{50, 50}},
		{"none", [4]int{}, format.DefaultBalance(), [4]int{}},
	} {
		b, kept := balanced(t, items(tt.right, [4]int{}), tt.c)
		if kept != tt.want {
			t.Errorf("%s: of %v, %v are kept, want %v (%+v)", tt.name, tt.right, kept, tt.want, b)
		}
	}
}

func TestWrongOnesGoFirst(t *testing.T) {
	all := items([4]int{150, 10, 10}, [4]int{130, 0, 0})
	b, _ := balanced(t, all, format.DefaultBalance())
	if b.Before != 280 || b.After != 180 || b.Share != 0.9 {
		t.Fatalf("%+v", b)
	}
	for i, c := range b.Choices {
		if all[i].Right && !c.Keep {
			t.Fatalf("a right one goes while wrong ones stay: %+v", c)
		}
		if !c.Keep && !strings.Contains(c.Reason, `"equations" has 280 of 300 completions, more than 0.9 of all; 180 are kept`) {
			t.Fatalf("%q", c.Reason)
		}
	}
}

func TestBalanceRefusesNonsense(t *testing.T) {
	for _, c := range []format.BalanceConfig{{Cap: 2}, {Cap: 0.9, Floor: -1}, {Target: []float64{1}}, {Target: []float64{-1, 0, 0, 0}}} {
		if _, err := format.Balance(nil, names(), c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
	if _, err := format.Balance([]format.Item{{Class: 4}}, names(), format.DefaultBalance()); err == nil {
		t.Error("a class without a name is taken")
	}
}

// Only the most frequent class loses items, it loses no right one while a wrong one stays, it stays
// the most frequent one, the order does not matter for which stay, and every item has its choice.
func TestBalanceIsFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []format.Item
		for class, n := range rapid.SliceOfN(rapid.IntRange(0, 30), 4, 4).Draw(t, "counts") {
			for range n {
				all = append(all, format.Item{ID: strconv.Itoa(len(all)), Class: class, Right: rapid.Bool().Draw(t, "right")})
			}
		}
		c := format.BalanceConfig{Cap: rapid.Float64Range(0, 1).Draw(t, "cap"), Floor: rapid.Float64Range(0, 1).Draw(t, "floor"), Seed: rapid.Uint64().Draw(t, "seed")}
		if rapid.Bool().Draw(t, "by target") {
			c.Target = rapid.SliceOfN(rapid.Float64Range(0, 1), 4, 4).Draw(t, "target")
		}
		b, err := format.Balance(all, names(), c)
		if err != nil {
			t.Fatal(err)
		}
		kept, before := [4]int{}, [4]int{}
		wrongStays, rightGoes := false, false
		stays := map[string]bool{}
		for i, choice := range b.Choices {
			if choice.ID != all[i].ID || choice.Reason == "" {
				t.Fatalf("item %d has the choice %+v", i, choice)
			}
			before[all[i].Class]++
			stays[choice.ID] = choice.Keep
			if choice.Keep {
				kept[all[i].Class]++
			} else if all[i].Class != b.Thinned {
				t.Fatalf("an item of another class goes: %+v", choice)
			}
			if all[i].Class == b.Thinned {
				wrongStays = wrongStays || choice.Keep && !all[i].Right
				rightGoes = rightGoes || !choice.Keep && all[i].Right
			}
		}
		if wrongStays && rightGoes {
			t.Fatal("a right one goes while a wrong one stays")
		}
		if b.Thinned >= 0 {
			if kept[b.Thinned] != b.After || before[b.Thinned] != b.Before || b.After >= b.Before {
				t.Fatalf("%v of %v: %+v", kept, before, b)
			}
			for class := range kept {
				if kept[class] > b.After || before[class] > b.Before {
					t.Fatalf("class %d is more frequent: %v of %v, %+v", class, kept, before, b)
				}
			}
		}
		reversed := make([]format.Item, 0, len(all))
		for i := range all {
			reversed = append(reversed, all[len(all)-1-i])
		}
		again, err := format.Balance(reversed, names(), c)
		if err != nil {
			t.Fatal(err)
		}
		other := map[string]bool{}
		for _, choice := range again.Choices {
			other[choice.ID] = choice.Keep
		}
		if diff := cmp.Diff(stays, other); b.Thinned == again.Thinned && diff != "" {
			t.Fatal(diff)
		}
	})
}
