package passk

// Paired is one problem's draws from two models.
type Paired struct {
	Base  Counts `json:"base"`
	Tuned Counts `json:"tuned"`
}

// Coverage is how many problems each of two models solves within k draws.
type Coverage struct {
	K int `json:"k"`
	// Problems have at least k draws of both models; Short do not, and are left out.
	Problems int `json:"problems"`
	Short    int `json:"short"`
	// BaseOnly, TunedOnly, Both and Neither are expected numbers of problems and sum to Problems.
	// They are whole where every problem has exactly k draws: then they are what happened.
	BaseOnly  float64 `json:"base_only"`
	TunedOnly float64 `json:"tuned_only"`
	Both      float64 `json:"both"`
	Neither   float64 `json:"neither"`
}

// Cover compares what two models reach in k draws each. From n > k draws the size of each set is
// its unbiased estimate: the models draw independently, so a problem is in "both" with the product
// of its two pass@k. A problem whose counts are impossible counts as short.
func Cover(problems []Paired, k int) Coverage {
	cover := Coverage{K: k}
	for _, p := range problems {
		base, ok := Estimate(p.Base.N, p.Base.C, k)
		tuned, ok2 := Estimate(p.Tuned.N, p.Tuned.C, k)
		if !ok || !ok2 {
			cover.Short++
			continue
		}
		cover.Problems++
		cover.BaseOnly += base * (1 - tuned)
		cover.TunedOnly += (1 - base) * tuned
		cover.Both += base * tuned
		cover.Neither += (1 - base) * (1 - tuned)
	}
	return cover
}
