package duplicate

import "github.com/feedbackgen/feedbackgen/guard/internal/words"

// Jaccard is the exact similarity that an [Index] with n-grams of n words estimates: the share that two
// texts have in common of all their n-grams. Whether their numbers are the same is told apart.
func Jaccard(a, b string, n int) (similarity float64, sameNumbers bool) {
	wa, wb := words.Append(nil, a), words.Append(nil, b)
	one, both := map[uint64]bool{}, 0
	for s := range shingles(wa, n, a) {
		one[s] = true
	}
	all := len(one)
	seen := map[uint64]bool{}
	for s := range shingles(wb, n, b) {
		switch {
		case seen[s]:
		case one[s]:
			both++
		default:
			all++
		}
		seen[s] = true
	}
	return float64(both) / float64(all), words.Numbers(wa) == words.Numbers(wb)
}
