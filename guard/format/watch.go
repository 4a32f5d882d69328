package format

// Watch is an alarm at work on one stream of completions. It is not safe for concurrent use.
type Watch struct {
	threshold float64
	group     int
	ratios    [][pulls][]float64 // by class and strength, then at(n, c)
	before    [][pulls]float64   // evidence of the prompts before this one, at least 0
	counts    []int              // by class, of this prompt
	n         int                // completions of this prompt
	prompt    string
	seen      int
	ring      Ring
}

// Ring says when an alarm rang, and why.
type Ring struct {
	// After is the number of completions after which it rang, from 1.
	After int
	// Class is the one that takes over.
	Class int
}

// Watch begins to look at a stream.
func (a Alarm) Watch() *Watch {
	return newLikelihoods(a.group).watch(a.mixtures, a.threshold)
}

func (l likelihoods) watch(mixtures []mixture, threshold float64) *Watch {
	w := &Watch{
		threshold: threshold, group: l.group, ratios: make([][pulls][]float64, len(mixtures)),
		before: make([][pulls]float64, len(mixtures)), counts: make([]int, len(mixtures)),
	}
	for class, m := range mixtures {
		w.ratios[class] = l.evidence(m)
	}
	return w
}

// Add takes in the stream's next completion, and returns the evidence, in nats, that some class has
// been taking over. Completions of one prompt are weighed together if they come together. A class
// that the base does not have counts as the last one, other.
func (w *Watch) Add(prompt string, class int) (evidence float64) {
	if class < 0 || class >= len(w.counts) {
		class = len(w.counts) - 1
	}
	if prompt != w.prompt {
		w.begin()
	}
	w.prompt = prompt
	return w.add(class)
}

// Rang tells when the alarm rang first, if it did.
func (w *Watch) Rang() (Ring, bool) { return w.ring, w.ring.After > 0 }

// begin ends a prompt: its evidence is now of those before.
func (w *Watch) begin() {
	for class, n := range w.counts {
		for r := range pulls {
			w.before[class][r] = max(0, w.before[class][r]+w.ratios[class][r][at(w.n, n)])
		}
	}
	clear(w.counts)
	w.n = 0
}

func (w *Watch) add(class int) (evidence float64) {
	if w.n == w.group {
		w.begin()
	}
	w.seen++
	w.n++
	w.counts[class]++
	strongest := 0
	for i, n := range w.counts {
		for r := range pulls {
			if e := w.before[i][r] + w.ratios[i][r][at(w.n, n)]; e > evidence {
				evidence, strongest = e, i
			}
		}
	}
	if evidence > w.threshold && w.ring.After == 0 {
		w.ring = Ring{w.seen, strongest}
	}
	return evidence
}
