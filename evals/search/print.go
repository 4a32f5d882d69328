package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen/measure/interval"
)

func (m measurement) print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d problems, %d simulations, %d fresh rollouts a side, seed %d\n\n", m.problems, m.plan.simulations, m.plan.rollouts, m.plan.seed)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(format string, args ...any) { _, _ = fmt.Fprintf(table, format+"\n", args...) } // Flush tells
	row("step pairs\ttokens\tpairs\tright\tright a 1,000 tokens\ttimes best-of-n's\tprompts counted, too\taccuracy\tstated\twith an open side\tmean depth")
	for _, c := range m.rules {
		row("%s\t%s\t%s", c.selection, pairsOf(c.search, steps), ratio(c, sampled)+"\t"+ratio(c, everything)+"\t"+accuracy(c.search, steps))
		row("  best-of-n\t%s\t\t\t%s", pairsOf(c.sample, steps), accuracy(c.sample, steps))
		row("  first differences\t%s\t\t\t%s", pairsOf(c.sample, forks), accuracy(c.sample, forks))
	}
	row("")
	row("whole solutions\tdrawn\tcalls\tprompt tokens\tpath pairs\tpath pairs a 1,000 tokens\ta right answer found\tanswer given most often right")
	for _, c := range m.rules {
		row("%s\t%s", c.selection, whole(c.search))
		row("  best-of-n\t%s", whole(c.sample))
	}
	row("")
	row("what a rule that seeks pairs should reach\tat least 1.5 times best-of-n's\taccuracy at least .95, and stated less .02\twrong share at most a third of first differences'")
	for _, c := range m.rules {
		row("%s\t%s", c.selection, c.targets())
	}
	return table.Flush()
}

// targets say, by point values, whether a rule reaches what it should; undefined ones are not reached.
func (c comparison) targets() string {
	ours, _ := yield(c.search, steps, sampled)
	theirs, _ := yield(c.sample, steps, sampled)
	accuracy, stated := shares(c.search, steps)
	forked, _ := shares(c.sample, forks)
	return fmt.Sprintf("%s\t%s\t%s", verdict(theirs > 0 && ours >= 1.5*theirs), verdict(accuracy >= max(0.95, stated-0.02)), verdict(1-accuracy <= (1-forked)/3))
}

// shares are the share of pairs that are right, and the mean probability that was stated; not a number
// where there are none.
func shares(all []outcome, pairs func(outcome) []judged) (accuracy, stated float64) {
	flat := lo.FlatMap(all, func(o outcome, _ int) []judged { return pairs(o) })
	n := float64(len(flat))
	return float64(right(flat)) / n, lo.SumBy(flat, func(j judged) float64 { return j.stated }) / n
}

func steps(o outcome) []judged { return o.pairs }

func forks(o outcome) []judged { return o.forks }

func right(pairs []judged) int { return lo.CountBy(pairs, judged.right) }

// sampled tokens are what both sides spend alike; everything counts prompts, too, of which a search
// sends more, each with its beginning, though a server with a prefix cache computes few of them.
func sampled(o outcome) int { return o.tokens }

func everything(o outcome) int { return o.tokens + o.prompt }

func tokens(all []outcome) float64 { return float64(lo.SumBy(all, sampled)) }

// yield is the number of right pairs for 1,000 tokens.
func yield(all []outcome, pairs func(outcome) []judged, spent func(outcome) int) (float64, bool) {
	n, tokens := lo.SumBy(all, func(o outcome) int { return right(pairs(o)) }), lo.SumBy(all, spent)
	return 1000 * float64(n) / float64(tokens), tokens > 0
}

func pairsOf(all []outcome, pairs func(outcome) []judged) string {
	n := lo.SumBy(all, func(o outcome) int { return len(pairs(o)) })
	k := lo.SumBy(all, func(o outcome) int { return right(pairs(o)) })
	of := func(some []outcome) (float64, bool) { return yield(some, pairs, sampled) }
	return fmt.Sprintf("%.0f\t%d\t%d\t%s", tokens(all), n, k, estimate(all, of, "%.3f"))
}

// ratio is the search's yield over best-of-n's on the same problems, resampled together.
func ratio(c comparison, spent func(outcome) int) string {
	both := lo.Zip2(c.search, c.sample)
	return estimate(both, func(some []lo.Tuple2[outcome, outcome]) (float64, bool) {
		search, sample := lo.Unzip2(some)
		a, ok := yield(search, steps, spent)
		b, defined := yield(sample, steps, spent)
		return a / b, ok && defined && b > 0
	}, "%.2f")
}

func accuracy(all []outcome, pairs func(outcome) []judged) string {
	flat := lo.FlatMap(all, func(o outcome, _ int) []judged { return pairs(o) })
	stated := lo.SumBy(flat, func(j judged) float64 { return j.stated }) / float64(max(1, len(flat)))
	depth := lo.SumBy(flat, func(j judged) float64 { return float64(j.depth) }) / float64(max(1, len(flat)))
	open := lo.Filter(flat, func(j judged, _ int) bool { return j.open })
	clusters := lo.Map(all, func(o outcome, _ int) interval.Cluster {
		return interval.Cluster{Hits: right(pairs(o)), Total: len(pairs(o))}
	})
	share := "undefined"
	if s, ok := interval.ByProblem(clusters, interval.Level); ok {
		share = fmt.Sprintf("%.3f [%.3f, %.3f]", s.Value, s.Low, s.High)
	}
	return fmt.Sprintf("%s\t%.3f\t%d, %d right\t%.2f", share, stated, len(open), right(open), depth)
}

func whole(all []outcome) string {
	sum := func(of func(outcome) int) int { return lo.SumBy(all, of) }
	paths := func(some []outcome) (float64, bool) {
		return 1000 * float64(lo.SumBy(some, func(o outcome) int { return o.paths })) / tokens(some), tokens(some) > 0
	}
	share := func(of func(outcome) bool) string {
		return estimate(all, func(some []outcome) (float64, bool) {
			return float64(lo.CountBy(some, of)) / float64(len(some)), len(some) > 0
		}, "%.3f")
	}
	return fmt.Sprintf("%d\t%d\t%d\t%d\t%s\t%s\t%s",
		sum(func(o outcome) int { return o.rollouts }), sum(func(o outcome) int { return o.calls }), sum(func(o outcome) int { return o.prompt }),
		sum(func(o outcome) int { return o.paths }), estimate(all, paths, "%.2f"),
		share(func(o outcome) bool { return o.found }), share(func(o outcome) bool { return o.answered }))
}

// estimate is a statistic with its bootstrap interval over problems.
func estimate[P any](problems []P, statistic func([]P) (float64, bool), format string) string {
	e, err := interval.Of(interval.Default(), problems, statistic)
	if err != nil {
		return "undefined"
	}
	return fmt.Sprintf(format+" ["+format+", "+format+"]", e.Value, e.Low, e.High)
}
