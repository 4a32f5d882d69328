package diversity

import "slices"

// corpus is a group of texts as n-grams. Equal n-grams of one order have equal numbers, so that
// counting them needs no strings; numbers are exact, not hashes.
type corpus struct {
	texts [][]int32 // tokens by number
	// grams[n-1][i] are the n-grams of text i, for n = 1 to 4, in order.
	grams [maxOrder][][]int32
	// kinds[n-1] counts the different n-grams.
	kinds [maxOrder]int
}

// maxOrder is the longest n-gram that the measures over a whole report need.
const maxOrder = 4

func newCorpus(texts [][]string) *corpus {
	c := &corpus{}
	numbers := map[string]int32{}
	for _, text := range texts {
		tokens := make([]int32, len(text))
		for i, token := range text {
			tokens[i] = number(numbers, token)
		}
		c.texts = append(c.texts, tokens)
	}
	c.grams[0], c.kinds[0] = c.texts, len(numbers)
	for n := 2; n <= maxOrder; n++ {
		c.grams[n-1], c.kinds[n-1] = longer(c.grams[n-2], c.texts, n)
	}
	return c
}

func number[K comparable](numbers map[K]int32, key K) int32 {
	n, known := numbers[key]
	if !known {
		n = int32(len(numbers))
		numbers[key] = n
	}
	return n
}

// longer numbers the n-grams: each is an (n-1)-gram and the token after it.
func longer(shorter, texts [][]int32, n int) (grams [][]int32, kinds int) {
	numbers := map[[2]int32]int32{}
	grams = make([][]int32, len(texts))
	for t, tokens := range texts {
		for i := n - 1; i < len(tokens); i++ {
			pair := [2]int32{shorter[t][i-n+1], tokens[i]}
			grams[t] = append(grams[t], number(numbers, pair))
		}
	}
	return grams, len(numbers)
}

func (c *corpus) tokens() int { return total(c.texts) }

func total(texts [][]int32) int {
	sum := 0
	for _, text := range texts {
		sum += len(text)
	}
	return sum
}

func (c *corpus) distinct(n int) (float64, bool) {
	all := total(c.grams[n-1])
	if all == 0 {
		return 0, false
	}
	return float64(c.kinds[n-1]) / float64(all), true
}

// Distinct is distinct-n: the number of different n-grams over the number of all n-grams of the
// group (arXiv:1510.03055 divides by tokens instead; this is the variant per n-gram, which reaches
// 1), in (0, 1]. It falls as texts are added: compare groups of equal size only. It is undefined
// where no text has n tokens, or n < 1.
func Distinct(texts [][]string, n int) (share float64, ok bool) {
	if n < 1 {
		return 0, false
	}
	numbers := map[string]int32{}
	tokens := make([][]int32, len(texts))
	for t, text := range texts {
		for _, token := range text {
			tokens[t] = append(tokens[t], number(numbers, token))
		}
	}
	grams, kinds := tokens, len(numbers)
	for order := 2; order <= n; order++ {
		grams, kinds = longer(grams, tokens, order)
	}
	all := total(grams)
	if all == 0 {
		return 0, false
	}
	return float64(kinds) / float64(all), true
}

// NGrams is the n-gram diversity: the sum of [Distinct] over n = 1 to 4, in (0, 4]
// (arXiv:2403.00553). It is undefined where no text has four tokens.
func NGrams(texts [][]string) (sum float64, ok bool) {
	c := newCorpus(texts)
	for n := 1; n <= maxOrder; n++ {
		share, ok := c.distinct(n)
		if !ok {
			return 0, false
		}
		sum += share
	}
	return sum, true
}

// counts are the different numbers in a list with how often each occurs, by number.
func counts(list []int32) (kinds []int32, times []int) {
	sorted := slices.Sorted(slices.Values(list))
	for i, n := range sorted {
		if i == 0 || n != sorted[i-1] {
			kinds, times = append(kinds, n), append(times, 0)
		}
		times[len(times)-1]++
	}
	return kinds, times
}
