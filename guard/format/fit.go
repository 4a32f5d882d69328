package format

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/feedbackgen/feedbackgen"
)

// Config says how classes are found.
type Config struct {
	// Cut is the mean distance between two groups of texts at which they are still one class; default
	// 0.4. Texts whose lines are of other kinds are at a distance of at least 1.
	Cut float64
	// MinShare is the share of texts that makes a class, at least; default 0.02. What is rarer is
	// counted to a class that is near, else as other.
	MinShare float64
}

// Default is what has been tested.
func Default() Config { return Config{Cut: 0.4, MinShare: 0.02} }

const (
	// mostSignatures bounds the time and memory that a fit takes, which grow with its square.
	mostSignatures = 400
	// reach is how far, in cuts, a text may be from its class's mean. Within a class some are further
	// from the mean than others; texts whose lines are of other kinds are twice as far.
	reach = 1.25
	// settle is how often classes and means are computed from each other.
	settle = 3
)

var (
	errNoTexts  = errors.New("there are no completions to find formats in")
	errNoClass  = errors.New("no format is frequent enough to be a class")
	errSettings = errors.New("the settings need cut > 0 and 0 <= min share < 1")
)

// Fit finds the classes of the base policy's completions. How many there are is not given: texts
// of one rounded layout are a signature, the most frequent signatures are joined, nearest first,
// while the mean distance between two groups is at most the cut (average linkage, weighted by
// counts), and groups of too few texts are no classes.
//
// The model depends on the list and its order alone.
func Fit(texts []Features, c Config) (Model, error) {
	switch {
	case !(c.Cut > 0 && c.MinShare >= 0 && c.MinShare < 1) || math.IsInf(c.Cut, 0):
		return Model{}, feedbackgen.BadInput("formats", errSettings, "format.Default() has good ones")
	case len(texts) == 0:
		return Model{}, feedbackgen.BadInput("formats", errNoTexts, "sample some from the policy that is to be the base")
	}
	points := make([]point, len(texts))
	for i := range texts {
		points[i] = texts[i].point()
	}
	groups := join(frequent(texts, points), c.Cut)
	total := 0.0
	for _, g := range groups {
		total += g.weight
	}
	m := Model{cut: c.Cut}
	for _, g := range groups {
		if g.weight >= c.MinShare*total {
			m.Classes = append(m.Classes, Class{mean: g.mean})
		}
	}
	for range settle {
		m = m.settled(points, c.MinShare)
	}
	if len(m.Classes) == 0 {
		return Model{}, feedbackgen.BadInput("formats", errNoClass, "use more completions, a larger cut or a smaller share")
	}
	m.describe()
	return m, nil
}

// group is texts that are alike.
type group struct {
	mean   point
	weight float64 // how many texts
}

// signature is a layout rounded to eighths and octaves.
type signature struct {
	lines   [lineKinds]uint8
	marks   [marks]uint8
	scripts [scripts]uint8
	density uint8
	answer  answerStyle
	bytes   uint8
	rows    uint8
}

func (f *Features) signature() signature {
	eighths := func(v float32) uint8 { return uint8(math.Round(8 * float64(v))) }
	s := signature{
		density: eighths(f.density), answer: f.answer,
		bytes: uint8(math.Round(float64(f.bytes))), rows: uint8(math.Round(float64(f.rows))),
	}
	for i, v := range f.lines {
		s.lines[i] = eighths(v)
	}
	for i, v := range f.marks {
		s.marks[i] = eighths(v)
	}
	for i, v := range f.scripts {
		s.scripts[i] = eighths(v)
	}
	return s
}

// frequent groups texts by signature and returns the most frequent ones. Among equally frequent
// ones a hash of their place decides, so that long, all different texts are not judged by the first
// few problems.
func frequent(texts []Features, points []point) []group {
	index := map[signature]int{}
	var groups []group
	for i := range texts {
		s := texts[i].signature()
		at, known := index[s]
		if !known {
			at = len(groups)
			index[s] = at
			groups = append(groups, group{})
		}
		groups[at].mean.add(&points[i], 1)
		groups[at].weight++
	}
	order := make([]int, len(groups))
	for i := range groups {
		order[i] = i
		scaled := point{}
		scaled.add(&groups[i].mean, 1/groups[i].weight)
		groups[i].mean = scaled
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(groups[b].weight, groups[a].weight), cmp.Compare(mix(uint64(a)), mix(uint64(b))))
	})
	order = order[:min(len(order), mostSignatures)]
	kept := make([]group, len(order))
	for i, at := range order {
		kept[i] = groups[at]
	}
	return kept
}

// mix is the output function of splitmix64 (Steele, Lea, Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// join unites the two groups with the smallest mean distance between their texts, again and again,
// until it is larger than the cut.
func join(groups []group, cut float64) []group {
	n := len(groups)
	between := make([][]float64, n)
	for i := range between {
		between[i] = make([]float64, n)
		for j := range i {
			d := distance(&groups[i].mean, &groups[j].mean)
			between[i][j], between[j][i] = d, d
		}
	}
	live := make([]int, n)
	for i := range live {
		live[i] = i
	}
	for len(live) > 1 {
		a, b, nearest := 0, 0, math.Inf(1)
		for x, i := range live {
			for _, j := range live[:x] {
				if between[i][j] < nearest {
					a, b, nearest = j, i, between[i][j]
				}
			}
		}
		if nearest > cut {
			break
		}
		wa, wb := groups[a].weight, groups[b].weight
		for _, i := range live { // Lance and Williams' recurrence for average linkage
			d := (wa*between[a][i] + wb*between[b][i]) / (wa + wb)
			between[a][i], between[i][a] = d, d
		}
		united := point{}
		united.add(&groups[a].mean, wa/(wa+wb))
		united.add(&groups[b].mean, wb/(wa+wb))
		groups[a] = group{united, wa + wb}
		live = slices.DeleteFunc(live, func(i int) bool { return i == b })
	}
	joined := make([]group, len(live))
	for x, i := range live {
		joined[x] = groups[i]
	}
	return joined
}

// settled classifies all texts and moves each class to the mean of its own; classes that have
// become too small are gone.
func (m Model) settled(points []point, minShare float64) Model {
	groups := make([]group, len(m.Classes)+1)
	for i := range points {
		g := &groups[m.nearest(&points[i])]
		g.mean.add(&points[i], 1)
		g.weight++
	}
	total := float64(len(points))
	next := Model{cut: m.cut, OtherCount: int(groups[m.Other()].weight)}
	for _, g := range groups[:m.Other()] {
		if g.weight == 0 || g.weight < minShare*total {
			next.OtherCount += int(g.weight)
			continue
		}
		mean := point{}
		mean.add(&g.mean, 1/g.weight)
		next.Classes = append(next.Classes, Class{Count: int(g.weight), mean: mean})
	}
	slices.SortStableFunc(next.Classes, func(a, b Class) int { return cmp.Compare(b.Count, a.Count) })
	return next
}
