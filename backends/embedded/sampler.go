package embedded

import (
	"container/heap"
	"math"
	"math/rand/v2"

	"github.com/feedbackgen/feedbackgen"
)

// sampler draws the tokens of one sample, with one number of its generator for each.
type sampler struct {
	feedbackgen.Sampling
	random *rand.Rand
}

func newSampler(sampling feedbackgen.Sampling, seed int64) *sampler {
	return &sampler{Sampling: sampling, random: rand.New(rand.NewPCG(uint64(seed), 0))}
}

// draw returns the next token: the likeliest at temperature 0 (of equals, the first), else one of
// those that TopK, TopP and MinP leave, by their probabilities at the temperature. TopP and MinP
// see the probabilities at temperature 1 of what the filters before them left. Scratch is room that
// any draw may use.
func (s *sampler) draw(logits []float32, scratch *candidates) int {
	if s.Temperature <= 0 {
		return likeliest(logits)
	}
	point := s.random.Float64()
	if s.TopK <= 0 && s.TopP >= 1 && s.MinP <= 0 {
		return s.drawAny(logits, point)
	}
	left := s.filter(logits, scratch)
	sum := 0.0
	for i := range left {
		left[i].weight = s.weight(left[i].logit, left[0].logit)
		sum += left[i].weight
	}
	point *= sum
	for _, c := range left {
		if point -= c.weight; point < 0 {
			return c.token
		}
	}
	return left[0].token
}

// drawAny is draw without filters, hence without sorting.
func (s *sampler) drawAny(logits []float32, point float64) int {
	best := likeliest(logits)
	sum := 0.0
	for _, l := range logits {
		sum += s.weight(l, logits[best])
	}
	point *= sum
	for token, l := range logits {
		if point -= s.weight(l, logits[best]); point < 0 {
			return token
		}
	}
	return best
}

// weight is proportional to the probability at the temperature.
func (s *sampler) weight(logit, highest float32) float64 {
	return float64(exp32(float32(float64(logit-highest) / float64(s.Temperature))))
}

// filter returns what TopK, then TopP, then MinP leave, the likeliest first: at least that one.
func (s *sampler) filter(logits []float32, scratch *candidates) []candidate {
	all := (*scratch)[:0]
	highest, sum := logits[likeliest(logits)], 0.0
	for token, l := range logits {
		c := candidate{token: token, logit: l, weight: float64(exp32(l - highest))}
		all = append(all, c)
		sum += c.weight
	}
	*scratch = all
	heap.Init(scratch)
	top := len(all)
	if s.TopK > 0 && s.TopK < top {
		// The K likeliest come first; TopP is a share of their probability, not of everybody's.
		top, sum = s.TopK, 0
	}
	left := make([]candidate, 0, min(top, 64))
	if sum == 0 {
		for range top {
			c := scratch.pop()
			left = append(left, c)
			sum += c.weight
		}
	}
	reached := 0.0
	for i := range top {
		if i == len(left) {
			left = append(left, scratch.pop())
		}
		c := left[i]
		if i > 0 && c.weight < float64(s.MinP) {
			return left[:i]
		}
		if reached += c.weight / sum; s.TopP < 1 && reached >= float64(s.TopP) {
			return left[:i+1]
		}
	}
	return left
}

// candidate is a token that may be drawn.
type candidate struct {
	token  int
	logit  float32
	weight float64
}

// candidates is a heap, the likeliest on top, of equals the first.
type candidates []candidate

func (c candidates) Len() int { return len(c) }

func (c candidates) Less(i, j int) bool {
	if c[i].logit != c[j].logit {
		return c[i].logit > c[j].logit
	}
	return c[i].token < c[j].token
}

func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }

// Push and Pop are what [heap.Interface] asks for; only pop is called.
func (c *candidates) Push(any) {}

// Pop returns nothing: pop reads the element that it takes.
func (c *candidates) Pop() any {
	*c = (*c)[:len(*c)-1]
	return nil
}

// pop removes the likeliest. It does not box the element, as [heap.Pop] would.
func (c *candidates) pop() candidate {
	top := (*c)[0]
	heap.Pop(c)
	return top
}

// likeliest is the token with the highest logit, the first of equals.
func likeliest(logits []float32) int {
	best := 0
	for token, l := range logits {
		if l > logits[best] {
			best = token
		}
	}
	return best
}

// logprob is the log-probability of a token at temperature 1.
func logprob(logits []float32, token int) float64 {
	return math.Min(0, float64(logits[token])-logSum(logits))
}

// entropy is that of the distribution at temperature 1, in nats: with weights w = exp(l - max) and
// their sum S, H = -sum p ln p = ln S - sum w (l - max) / S.
func entropy(logits []float32) float64 {
	highest := logits[likeliest(logits)]
	sum, below := 0.0, 0.0
	for _, l := range logits {
		if w := float64(exp32(l - highest)); w > 0 {
			sum += w
			below += w * float64(l-highest)
		}
	}
	return math.Max(0, math.Log(sum)-below/sum)
}
