package guard

import (
	"hash/maphash"
	"iter"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/duplicate"
)

// ByDuplicate refuses records that say nearly the same as one of another problem before them, or in
// an earlier run, and examples to imitate that say exactly the same as one of their own problem. How
// often the policy says something about one problem is its own probability, and stays.
func ByDuplicate(index *duplicate.Index) *Duplicates {
	return &Duplicates{index: index, seed: maphash.MakeSeed()}
}

// Duplicates remembers what records say.
type Duplicates struct {
	index    *duplicate.Index
	seed     maphash.Seed
	problems []string // by the index's keys
}

// Remember takes in the records of an earlier run, which are not judged.
func (g *Duplicates) Remember(cases iter.Seq2[*Case, error]) error {
	for c, err := range cases {
		if err != nil {
			return err
		}
		key := uint32(len(g.problems))
		g.problems = append(g.problems, c.Problem+" of an earlier run")
		for _, r := range c.Records {
			if says(r) {
				g.index.Add(key, g.text(r))
			}
		}
	}
	return nil
}

// Name is "duplicate".
func (*Duplicates) Name() string { return "duplicate" }

// Judge refuses what was said before.
func (g *Duplicates) Judge(c *Case) {
	key := uint32(len(g.problems))
	g.problems = append(g.problems, c.Problem)
	exact := map[uint64]bool{}
	for r := range c.Live() {
		if !says(r) {
			continue
		}
		text := g.text(r)
		first, near, found := g.index.Add(key, text)
		switch {
		case found && first != key:
			r.Refuse(g.Name(), "near", "%.0f %% the same as a record of problem %s", 100*near, g.problems[first])
			continue
		case imitated(r.Kind):
			hash := maphash.String(g.seed, text)
			if exact[hash] {
				r.Refuse(g.Name(), "exact", "the same as an earlier record of this problem")
				continue
			}
			exact[hash] = true
		}
		r.Pass(g.Name())
	}
}

// says reports whether a record has any text to compare: what only tells how a run went has none.
func says(r *Record) bool { return r.Prompt != "" || len(r.Texts) > 0 }

// imitated says of a kind that a copy of a record in it teaches nothing but its own weight.
func imitated(kind feedbackgen.Kind) bool {
	switch kind {
	case feedbackgen.KindPreference, feedbackgen.KindSFT, feedbackgen.KindCorrection:
		return true
	}
	return false
}

// text is what a record says.
func (g *Duplicates) text(r *Record) string {
	parts := make([]string, 0, len(r.Texts)+2)
	parts = append(parts, string(r.Kind), r.Prompt)
	for _, t := range r.Texts {
		parts = append(parts, t.Text)
	}
	return strings.Join(parts, "\n")
}

// Report has nothing to add to the counts.
func (*Duplicates) Report() Report { return Report{} }
