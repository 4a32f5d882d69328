package format

import "math"

// point is the mean layout of one or more texts.
type point struct {
	lines   [lineKinds]float64
	marks   [marks]float64
	scripts [scripts]float64
	answers [answerStyles]float64
	density float64
	bytes   float64
	rows    float64
}

// point is the features of one text, as a mean of one.
func (f *Features) point() point {
	p := point{density: float64(f.density), bytes: float64(f.bytes), rows: float64(f.rows)}
	for i, v := range f.lines {
		p.lines[i] = float64(v)
	}
	for i, v := range f.marks {
		p.marks[i] = float64(v)
	}
	for i, v := range f.scripts {
		p.scripts[i] = float64(v)
	}
	p.answers[f.answer] = 1
	return p
}

// add adds weight times q.
func (p *point) add(q *point, weight float64) {
	for i, v := range q.lines {
		p.lines[i] += weight * v
	}
	for i, v := range q.marks {
		p.marks[i] += weight * v
	}
	for i, v := range q.scripts {
		p.scripts[i] += weight * v
	}
	for i, v := range q.answers {
		p.answers[i] += weight * v
	}
	p.density += weight * q.density
	p.bytes += weight * q.bytes
	p.rows += weight * q.rows
}

// What differences weigh beside the kinds of lines, whose total variation distance has weight 1. A
// text of other lines altogether is at least 1 away; the default cut is 0.4. So LaTeX in every
// line sets a class apart, and so does another script. Emphasis, the end of lines or the marker of
// the answer do only together with something else. Length does from a factor of 32 on.
const (
	weightScript  = 1.0
	weightDensity = 0.5
	weightAnswer  = 0.25
	weightOctave  = 0.04 // of bytes, and of lines
)

func markWeights() [marks]float64 {
	return [...]float64{markRelation: 0.15, markArrow: 0.2, markLatex: 0.4, markTag: 0.4, markEmphasis: 0.15, markSentence: 0.15}
}

// distance is a metric but for two kinds of missing values, which are at no distance from anything:
// the script of a text without letters, and the answer's marker where there is none, as in a text
// that was cut.
func distance(p, q *point) float64 {
	d := 0.0
	for i, v := range p.lines {
		d += math.Abs(v-q.lines[i]) / 2
	}
	weights := markWeights()
	for i, v := range p.marks {
		d += weights[i] * math.Abs(v-q.marks[i])
	}
	d += weightScript * variation(p.scripts[:], q.scripts[:])
	d += weightDensity * math.Abs(p.density-q.density)
	d += weightAnswer * variation(p.answers[answerNone+1:], q.answers[answerNone+1:])
	d += weightOctave * (math.Abs(p.bytes-q.bytes) + math.Abs(p.rows-q.rows))
	return d
}

// variation is the total variation distance of two lists of shares, each made to sum to 1; 0 where
// either has none.
func variation(p, q []float64) float64 {
	sumP, sumQ := 0.0, 0.0
	for i, v := range p {
		sumP += v
		sumQ += q[i]
	}
	if sumP <= 0 || sumQ <= 0 {
		return 0
	}
	d := 0.0
	for i, v := range p {
		d += math.Abs(v/sumP-q[i]/sumQ) / 2
	}
	return d
}
