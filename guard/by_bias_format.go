package guard

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/feedbackgen/feedbackgen/measure/interval"
)

// formatBias counts the formats of chosen and of rejected sides. Steps are left out: formats are those
// of whole answers.
type formatBias struct {
	classify func(text string) string
	sides    map[string]*formatSides
	pairs    int
}

// formatSides are the sides in one format. Where both sides of a pair are in it, the pair prefers no
// format; preferred is the share of chosen sides among the others.
type formatSides struct {
	chosen, rejected int
	preferred        share
}

func (b *formatBias) add(chosen, rejected Text) {
	if b.classify == nil || !chosen.Whole || !rejected.Whole {
		return
	}
	x, y := b.classify(chosen.Text), b.classify(rejected.Text)
	if x == "" || y == "" {
		return
	}
	b.pairs++
	b.of(x).chosen++
	b.of(y).rejected++
	if x != y {
		b.of(x).preferred.add(true)
		b.of(y).preferred.add(false)
	}
}

func (b *formatBias) of(format string) *formatSides {
	if b.sides[format] == nil {
		b.sides[format] = &formatSides{}
	}
	return b.sides[format]
}

func (b *formatBias) endCase() {
	for _, s := range b.sides {
		s.preferred.endCase()
	}
}

// FormatBias says whether a format is preferred.
type FormatBias struct {
	Format string `json:"format"`
	// Chosen and Rejected count the sides in this format.
	Chosen   int `json:"chosen"`
	Rejected int `json:"rejected"`
	// Preferred is, of the pairs with exactly one side in this format, the share in which that is the
	// chosen one, with its 95 % interval by problem; null where it is undefined.
	Preferred *interval.Share `json:"chosen_where_sides_differ"`
}

// all are the formats with a side, the most frequent first.
func (b *formatBias) all() []FormatBias {
	all := []FormatBias{}
	for _, name := range slices.Sorted(maps.Keys(b.sides)) {
		s := b.sides[name]
		all = append(all, FormatBias{Format: name, Chosen: s.chosen, Rejected: s.rejected, Preferred: s.preferred.estimate()})
	}
	slices.SortStableFunc(all, func(x, y FormatBias) int {
		return cmp.Compare(y.Chosen+y.Rejected, x.Chosen+x.Rejected)
	})
	return all
}

// note tells of the format whose share differs most between the sides, of those that are a bias.
func (b *formatBias) note(all []FormatBias) []string {
	biased := slices.DeleteFunc(slices.Clone(all), func(f FormatBias) bool { return !b.isBias(f, len(all)) })
	if len(biased) == 0 {
		return nil
	}
	worst := slices.MaxFunc(biased, func(x, y FormatBias) int {
		return cmp.Compare(math.Abs(float64(x.Chosen-x.Rejected)), math.Abs(float64(y.Chosen-y.Rejected)))
	})
	percent := func(n int) float64 { return 100 * float64(n) / float64(b.pairs) }
	s := worst.Preferred
	return []string{fmt.Sprintf("the chosen side is %q in %.0f %% of the pairs, the rejected one in %.0f %%; where one alone is, it is the chosen one in %.0f %% (95 %% interval %.0f to %.0f)%s",
		worst.Format, percent(worst.Chosen), percent(worst.Rejected), 100*s.Value, 100*s.Low, 100*s.High, pickedUp)}
}

// isBias reports whether a format is preferred, or avoided, beyond chance. So many formats are looked at
// that one of them would often seem to be: all together may in 1 of 20 cases (Bonferroni).
func (b *formatBias) isBias(f FormatBias, formats int) bool {
	sure, ok := interval.ByProblem(b.sides[f.Format].preferred.problems, 1-(1-interval.Level)/float64(formats))
	return ok && (sure.Low > 0.5 || sure.High < 0.5)
}
