package embedded

import "math"

// normalise writes x, scaled to a root mean square of 1 and then by weight, to dst.
func normalise(dst, x, weight []float32, epsilon float64) {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	scale := float32(1 / math.Sqrt(sum/float64(len(x))+epsilon))
	for i, v := range x {
		dst[i] = v * scale * weight[i]
	}
}

// exp32 is e^x for x <= 0 to about one unit in the last place of a float32, in a fraction of the
// time of [math.Exp]; 0 below -87.
func exp32(x float32) float32 {
	if x < -87 {
		return 0
	}
	const toHalves = 1 / math.Ln2
	k := math.Floor(float64(x)*toHalves + 0.5)
	r := float64(x) - k*math.Ln2 // |r| <= ln(2)/2
	p := 1 + r*(1+r*(1./2+r*(1./6+r*(1./24+r*(1./120+r*(1./720+r*(1./5040)))))))
	return float32(p * math.Float64frombits(uint64(1023+int64(k))<<52))
}

// silu is x times the logistic function of x.
func silu(x float32) float32 {
	if x < 0 {
		e := exp32(x)
		return x * e / (1 + e)
	}
	return x / (1 + exp32(-x))
}

// softmax turns scores into weights that add up to 1.
func softmax(x []float32) {
	highest := x[0]
	for _, v := range x {
		highest = max(highest, v)
	}
	sum := 0.0
	for i, v := range x {
		w := exp32(v - highest)
		x[i] = w
		sum += float64(w)
	}
	scale := float32(1 / sum)
	for i := range x {
		x[i] *= scale
	}
}

// logSum is the logarithm of the sum of the exponentials of logits.
func logSum(logits []float32) float64 {
	highest := logits[0]
	for _, v := range logits {
		highest = max(highest, v)
	}
	sum := 0.0
	for _, v := range logits {
		sum += float64(exp32(v - highest))
	}
	return float64(highest) + math.Log(sum)
}
