package mcts

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/measure/interval"
)

// BestOfNBaseline is the name of the only baseline there is, see [Config.Baseline] and [Search.BestOfN].
const BestOfNBaseline = "best-of-n"

// baselinePrefix begins the names of a baseline's counts, which are the same as a search's own.
const baselinePrefix = "baseline_"

// Counts of tokens that are not of solutions.
const (
	extraCount   = "extra_tokens"           // the policy's own, in parts by what they are for
	foreignCount = "foreign_rollout_tokens" // another model's, of critics' rollouts
)

// addBaseline counts what a baseline came to apart from the search. Its records are written nowhere:
// they are there to be compared with.
func addBaseline(counts feedbackgen.Counts, b Baseline) {
	for name, n := range b.Counts {
		counts[baselinePrefix+name] = n
	}
	counts[baselinePrefix+"first_differences"] = int64(len(b.FirstDifferences))
}

// Comparison sets what searches came to beside their baselines, over the counts of finished problems,
// and before guards. Of a problem outside the band, draws count and pairs do not: they train nobody.
type Comparison struct {
	ungated  bool
	problems []feedbackgen.Counts
}

// NewComparison compares the problems of a search with [Config.Baseline].
func (s *Search) NewComparison() *Comparison { return &Comparison{ungated: s.cfg.NoGate} }

// Add takes one problem's counts.
func (c *Comparison) Add(counts feedbackgen.Counts) {
	relevant := feedbackgen.Counts{"suits": counts["difficulty.active"]}
	if c.ungated {
		relevant["suits"] = 1
	}
	for _, name := range []string{"tokens", "rollouts", "rollouts.pass", "step_pairs.written", "path_pairs", "first_differences"} {
		relevant[name], relevant[baselinePrefix+name] = counts[name], counts[baselinePrefix+name]
	}
	for name, n := range counts {
		if of := strings.TrimPrefix(name, baselinePrefix); n > 0 && strings.HasPrefix(of, extraCount) {
			relevant[name] = n
		}
	}
	if n := counts["critic_tokens.rollouts"] - counts[extraCount+".rollouts"]; n > 0 {
		relevant[foreignCount] = n
	}
	c.problems = append(c.problems, relevant)
}

// Compared is what a report holds of a comparison.
type Compared struct {
	Problems int `json:"problems"`
	// Search and Baseline are sums over problems. Tokens are those of solutions; extra_tokens, where there
	// are any, all others that the policy sampled, and foreign_rollout_tokens those of another model's
	// rollouts, which are in no yield.
	Search   feedbackgen.Counts `json:"search"`
	Baseline feedbackgen.Counts `json:"baseline"`
	// Yields are signals for 1,000 tokens that the policy sampled, whatever for, Search less Baseline.
	Yields []Yield `json:"yields"`
}

// Yield is how much of a signal 1,000 of the policy's sampled tokens give: A is the search's, B the baseline's, with
// the interval of their difference over problems, resampled in pairs. It is nil where there is none.
type Yield struct {
	Signal     string               `json:"signal"`
	Difference *interval.Difference `json:"difference"`
	// Ratio is A / B, with its interval; nil where B is 0.
	Ratio *interval.Estimate `json:"ratio"`
}

// signals are what yields are told of.
var signals = [...]struct{ name, count string }{
	{"step pairs", "step_pairs.written"},
	{"pairs of right and wrong whole solutions", "path_pairs"},
}

// Compared sums up.
func (c *Comparison) Compared() Compared {
	out := Compared{Problems: len(c.problems), Search: feedbackgen.Counts{}, Baseline: feedbackgen.Counts{}}
	for _, p := range c.problems {
		for _, name := range slices.Sorted(maps.Keys(p)) {
			switch of, isBaseline := strings.CutPrefix(name, baselinePrefix); {
			case name == "suits":
			case isBaseline:
				out.Baseline[of] += p[name]
			case name != "first_differences": // a search makes none
				out.Search[name] += p[name]
			}
		}
	}
	for _, signal := range signals {
		out.Yields = append(out.Yields, c.yield(signal.name, signal.count))
	}
	return out
}

func (c *Comparison) yield(signal, count string) Yield {
	side := func(prefix string) []feedbackgen.Counts {
		return lo.Map(c.problems, func(p feedbackgen.Counts, _ int) feedbackgen.Counts {
			return feedbackgen.Counts{"found": p["suits"] * p[prefix+count], "tokens": p[prefix+"tokens"] + p[prefix+extraCount]}
		})
	}
	rate := func(problems []feedbackgen.Counts) (float64, bool) {
		found, tokens := int64(0), int64(0)
		for _, p := range problems {
			found, tokens = found+p["found"], tokens+p["tokens"]
		}
		return 1000 * float64(found) / float64(tokens), tokens > 0
	}
	search, baseline := side(""), side(baselinePrefix)
	y := Yield{Signal: signal}
	if d, err := interval.OfDifference(interval.Default(), search, baseline, rate); err == nil {
		y.Difference = &d
	}
	ratio, err := interval.Of(interval.Default(), lo.Zip2(search, baseline), func(both []lo.Tuple2[feedbackgen.Counts, feedbackgen.Counts]) (float64, bool) {
		ours, theirs := lo.Unzip2(both)
		a, _ := rate(ours)
		b, ok := rate(theirs)
		return a / b, ok && b > 0
	})
	if err == nil {
		y.Ratio = &ratio
	}
	return y
}

// noteTokens tells of tokens that are not of solutions, and which of them were compared.
func (c Compared) noteTokens(note func(format string, args ...any)) {
	for _, side := range []struct {
		name   string
		counts feedbackgen.Counts
	}{{"search", c.Search}, {"best-of-n", c.Baseline}} {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(side.counts)) {
			if what, ok := strings.CutPrefix(name, extraCount+"."); ok {
				parts = append(parts, fmt.Sprintf("%s %d", strings.ReplaceAll(what, "_", " "), side.counts[name]))
			}
		}
		if len(parts) > 0 {
			note("%s: %d tokens more of the policy's own, which count as those of solutions do: %s", side.name, side.counts[extraCount], strings.Join(parts, ", "))
		}
	}
	if c.Search[extraCount] > 0 {
		note("prompts are not counted: verdicts and questions show the solution again, which best-of-n needs not")
	}
	if n := c.Search[foreignCount]; n > 0 {
		note("search's rollouts by another model: %d tokens, which are not comparable, and are in neither's", n)
	}
}

// Report says it as guards do, and refuses nothing.
func (c *Comparison) Report() guard.Report {
	out := c.Compared()
	report := guard.Report{Name: BestOfNBaseline, Judged: int64(out.Problems), Codes: feedbackgen.Counts{}, Detail: out}
	note := func(format string, args ...any) { report.Notes = append(report.Notes, fmt.Sprintf(format, args...)) }
	note("search and best-of-n at its tokens, pairs before guards, with paired intervals over %d problems", out.Problems)
	for _, side := range []struct {
		name   string
		counts feedbackgen.Counts
	}{{"search", out.Search}, {"best-of-n", out.Baseline}} {
		note("%s: %d tokens, %d solutions, %d of them right", side.name, side.counts["tokens"], side.counts["rollouts"], side.counts["rollouts.pass"])
	}
	out.noteTokens(note)
	for _, y := range out.Yields {
		if y.Difference == nil {
			note("%s: no interval, which takes at least two problems", y.Signal)
			continue
		}
		d, ratio := y.Difference, ""
		if y.Ratio != nil {
			ratio = fmt.Sprintf("; %.2f times [%.2f, %.2f]", y.Ratio.Value, y.Ratio.Low, y.Ratio.High)
		}
		note("%s per 1,000 tokens: search %.3f, best-of-n %.3f, difference %+.3f [%+.3f, %+.3f]%s", y.Signal, d.A, d.B, d.Value, d.Low, d.High, ratio)
	}
	note("best-of-n's first differing steps, without a gate: %d", out.Baseline["first_differences"])
	return report
}
