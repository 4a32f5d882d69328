package sparsity

import (
	"cmp"
	"maps"
	"slices"

	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
)

// Share counts weights and how many an update left unchanged.
type Share struct {
	Tensors   int   `json:"tensors"`
	Elements  int64 `json:"elements"`
	Unchanged int64 `json:"unchanged"`
	// Unchanged of Elements, in [0, 1]; null without elements.
	Share *float64 `json:"share"`
	// MatrixMean is the mean of the shares of the Matrices, the tensors of two dimensions that are not
	// empty, each counting once; null without one.
	Matrices   int      `json:"matrices"`
	MatrixMean *float64 `json:"matrix_mean"`
}

// Group is the share of the tensors of one layer or of one kind.
type Group struct {
	Name string `json:"name"`
	Share
}

// Tensor is one tensor's part of a [Report].
type Tensor struct {
	Name  string  `json:"name"`
	Shape []int64 `json:"shape"`
	// The types in which the two checkpoints hold it.
	BaseType  safetensors.DType `json:"base_type"`
	TunedType safetensors.DType `json:"tuned_type"`
	Elements  int64             `json:"elements"`
	Unchanged int64             `json:"unchanged"`
	// Share is null without elements.
	Share *float64 `json:"share"`
	// Rank of the update, and that over the smaller side, in [0, 1]; null where it was not computed.
	Rank          *int     `json:"rank"`
	EffectiveRank *float64 `json:"effective_rank"`
}

// Ranks sums up the ranks of the updates of matrices: tensors of two dimensions without "norm" in
// their names.
type Ranks struct {
	// Limit is the largest smaller side of a matrix that was measured.
	Limit int `json:"limit"`
	// Matrices were measured; Mean is the mean of their effective ranks, null without one. A matrix
	// that did not change has rank 0 and counts.
	Matrices int      `json:"matrices"`
	Mean     *float64 `json:"mean"`
	// LeftOut are those that were not.
	LeftOut []LeftOut `json:"left_out"`
}

// LeftOut is a tensor whose rank was not computed.
type LeftOut struct {
	Name  string  `json:"name"`
	Shape []int64 `json:"shape"`
	Why   string  `json:"why"`
}

// Report is what [Compare] found.
type Report struct {
	// Tolerance is [ToleranceBF16], the largest update that counts as none.
	Tolerance float64 `json:"tolerance"`
	// The names of the files that were read.
	BaseFiles  []string `json:"base_files"`
	TunedFiles []string `json:"tuned_files"`
	// Overall is over all floating-point tensors, as are Layers and Kinds.
	Overall Share `json:"overall"`
	// Layers are called by the part of the name up to the layer's number, such as model.layers.7, in
	// order of the numbers; the tensors outside of layers are last, as [Outside].
	Layers []Group `json:"layers"`
	// Kinds are called by the part after the layer's number without further numbers, such as
	// self_attn.q_proj.weight, or by the whole name outside of layers. Sorted by name.
	Kinds []Group `json:"kinds"`
	// Exact is over integers and truth values, which are compared exactly.
	Exact Share `json:"exact"`
	// Tensors are sorted by name.
	Tensors []Tensor `json:"tensors"`
	// Ranks is null if no rank was asked for.
	Ranks *Ranks `json:"ranks"`
}

func newReport(base, tuned *safetensors.Checkpoint, items []item, tallies []tally, ranks []rankResult) Report {
	r := Report{Tolerance: ToleranceBF16, BaseFiles: base.Files, TunedFiles: tuned.Files}
	var overall, exact shareSum
	layers, kinds := map[string]*shareSum{}, map[string]*shareSum{}
	for i, it := range items {
		t := Tensor{
			Name: it.name(), Shape: it.shape(), BaseType: it[0].DType, TunedType: it[1].DType,
			Elements: it.elements(), Unchanged: it.elements() - tallies[i].changed[0],
		}
		t.Share = ratio(t.Unchanged, t.Elements)
		if ranks != nil && ranks[i].rank != nil {
			t.Rank = ranks[i].rank
			t.EffectiveRank = ratio(int64(*t.Rank), slices.Min(t.Shape))
		}
		r.Tensors = append(r.Tensors, t)
		if it.exact() {
			exact.add(t)
			continue
		}
		layer, kind := place(t.Name)
		overall.add(t)
		at(layers, layer).add(t)
		at(kinds, kind).add(t)
	}
	r.Overall, r.Exact = overall.share(), exact.share()
	r.Layers = groups(layers, compareLayers)
	r.Kinds = groups(kinds, cmp.Compare[string])
	return r
}

// newRanks sums up what was measured.
func newRanks(tensors []Tensor, results []rankResult, limit int) *Ranks {
	ranks := &Ranks{Limit: limit, LeftOut: []LeftOut{}}
	sum := 0.0
	for i, t := range tensors {
		switch {
		case t.EffectiveRank != nil:
			ranks.Matrices++
			sum += *t.EffectiveRank
		case results[i].why != "":
			ranks.LeftOut = append(ranks.LeftOut, LeftOut{Name: t.Name, Shape: t.Shape, Why: results[i].why})
		}
	}
	if ranks.Matrices > 0 {
		mean := sum / float64(ranks.Matrices)
		ranks.Mean = &mean
	}
	return ranks
}

// shareSum adds tensors up to a Share.
type shareSum struct {
	total  Share
	matrix float64 // the sum of the matrices' shares
}

func (s *shareSum) add(t Tensor) {
	s.total.Tensors++
	s.total.Elements += t.Elements
	s.total.Unchanged += t.Unchanged
	if len(t.Shape) == 2 && t.Share != nil {
		s.total.Matrices++
		s.matrix += *t.Share
	}
}

func (s *shareSum) share() Share {
	total := s.total
	total.Share = ratio(total.Unchanged, total.Elements)
	if total.Matrices > 0 {
		mean := s.matrix / float64(total.Matrices)
		total.MatrixMean = &mean
	}
	return total
}

func at(sums map[string]*shareSum, name string) *shareSum {
	if sums[name] == nil {
		sums[name] = &shareSum{}
	}
	return sums[name]
}

func groups(sums map[string]*shareSum, compare func(a, b string) int) []Group {
	all := []Group{}
	for _, name := range slices.SortedFunc(maps.Keys(sums), compare) {
		all = append(all, Group{Name: name, Share: sums[name].share()})
	}
	return all
}

// ratio is part / whole, nil if there is no whole.
func ratio(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	r := float64(part) / float64(whole)
	return &r
}
