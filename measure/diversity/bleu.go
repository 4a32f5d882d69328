package diversity

import (
	"math"
	"slices"
)

// epsilon is what smoothing method 1 puts in place of no match (Chen and Cherry 2014).
const epsilon = 0.1

// SelfBLEU is the mean BLEU-4 of each text against all others as references (arXiv:1802.01886), in
// [0, 1]; lower is more diverse. BLEU is sentence-level with equal weights, the closest reference
// length, and smoothing method 1: a precision of 0/d becomes 0.1/d. It equals nltk's
// sentence_bleu(..., smoothing_function=SmoothingFunction().method1), where a text that shares not
// one word with the others has BLEU 0, and one that is shorter than n tokens has d = 1.
//
// It is undefined below two texts. It is exact over any number of texts: for each n-gram the largest
// count over "all others" follows from the two largest over all, so time is linear in the text.
func SelfBLEU(texts [][]string) (mean float64, ok bool) { return newCorpus(texts).selfBLEU() }

func (c *corpus) selfBLEU() (mean float64, ok bool) {
	m := len(c.texts)
	if m < 2 {
		return 0, false
	}
	precisions := make([][maxOrder]ratio, m)
	for n := range maxOrder {
		c.clip(n, func(text int, matched, all int) { precisions[text][n] = ratio{matched, all} })
	}
	lengths := make([]int, m)
	for t, tokens := range c.texts {
		lengths[t] = len(tokens)
	}
	slices.Sort(lengths)
	for t, tokens := range c.texts {
		mean += bleu(precisions[t], len(tokens), closestOther(lengths, len(tokens)))
	}
	return mean / float64(m), true
}

// ratio is a modified precision: n-grams that the references have too, of all.
type ratio struct{ matched, all int }

// clip tells, for each text, how many of its (n+1)-grams are also in some other text, each counted
// at most as often as the other text has it.
func (c *corpus) clip(n int, tell func(text, matched, all int)) {
	type top struct {
		first, second int // the two largest counts in texts
		owner         int // the text that has the first
	}
	tops := make([]top, c.kinds[n])
	type list struct {
		kinds []int32
		times []int
	}
	lists := make([]list, len(c.texts))
	for t, grams := range c.grams[n] {
		kinds, times := counts(grams)
		lists[t] = list{kinds, times}
		for i, k := range kinds {
			switch best := &tops[k]; {
			case times[i] > best.first:
				*best = top{first: times[i], second: best.first, owner: t}
			case times[i] > best.second:
				best.second = times[i]
			}
		}
	}
	for t, l := range lists {
		matched := 0
		for i, k := range l.kinds {
			others := tops[k].first
			if tops[k].owner == t {
				others = tops[k].second
			}
			matched += min(l.times[i], others)
		}
		tell(t, matched, len(c.grams[n][t]))
	}
}

func bleu(precisions [maxOrder]ratio, length, reference int) float64 {
	if precisions[0].matched == 0 {
		return 0
	}
	sum := 0.0
	for _, p := range precisions {
		matched := float64(p.matched)
		if p.matched == 0 {
			matched = epsilon
		}
		sum += math.Log(matched/float64(max(p.all, 1))) / maxOrder
	}
	return brevity(length, reference) * math.Exp(sum)
}

// brevity is BLEU's penalty for being shorter than the reference.
func brevity(length, reference int) float64 {
	if length > reference {
		return 1
	}
	return math.Exp(1 - float64(reference)/float64(length))
}

// closestOther is the length closest to length among all lengths but one that equals it; of two
// equally close the shorter. Lengths are sorted and hold it.
func closestOther(lengths []int, length int) int {
	at, _ := slices.BinarySearch(lengths, length)
	if at+1 < len(lengths) && lengths[at+1] == length {
		return length
	}
	switch {
	case at == 0:
		return lengths[1]
	case at+1 == len(lengths):
		return lengths[at-1]
	case lengths[at+1]-length < length-lengths[at-1]:
		return lengths[at+1]
	}
	return lengths[at-1]
}
