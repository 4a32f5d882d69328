package selfplay

// levels are the difficulties that the challenger is asked for: 1 to 4 steps.
const levels = 4

// tried is what came of the problems of a difficulty so far.
type tried struct{ posed, active int }

// plan shares a round's problems out among the difficulties 1 to 4. Each gets one, and the others go by
// what earlier rounds found in the band: in proportion to (active+1)/(well posed+2), the mean of the
// share's posterior under a uniform prior. What is left by rounding down goes to the largest
// remainders; of equals, to the easier. The first round is thus spread evenly. A difficulty that
// comes into the band as the model learns is still seen.
func plan(tasks int, seen [levels]tried) [levels]int {
	var counts [levels]int
	var weights [levels]float64
	total := 0.0
	for i, s := range seen {
		weights[i] = float64(s.active+1) / float64(s.posed+2)
		total += weights[i]
	}
	each := min(1, tasks/levels)
	free := tasks - each*levels
	var rest [levels]float64
	left := free
	for i, w := range weights {
		exact := float64(free) * w / total
		counts[i] = each + int(exact)
		rest[i] = exact - float64(int(exact))
		left -= int(exact)
	}
	for ; left > 0; left-- {
		best := 0
		for i := range rest {
			if rest[i] > rest[best] {
				best = i
			}
		}
		counts[best]++
		rest[best] = -1
	}
	return counts
}
