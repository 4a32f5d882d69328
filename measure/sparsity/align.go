package sparsity

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
)

// item is one tensor as each of the checkpoints, two or three, has it.
type item []safetensors.Tensor

func (it item) name() string    { return it[0].Name }
func (it item) shape() []int64  { return it[0].Shape }
func (it item) elements() int64 { return it[0].Elements() }

// exact reports whether the tensor holds integers or truth values.
func (it item) exact() bool { return it[0].DType.Exact() }

// align pairs the checkpoints' tensors by name. All have to have the same ones, in the same shapes;
// types may differ as long as each rounds to bfloat16.
func align(checkpoints ...*safetensors.Checkpoint) ([]item, error) {
	base := checkpoints[0]
	items := make([]item, len(base.Tensors))
	for i, t := range base.Tensors {
		items[i] = item{t}
	}
	for _, c := range checkpoints[1:] {
		if err := sameNames(base, c); err != nil {
			return nil, err
		}
		for i, t := range c.Tensors {
			items[i] = append(items[i], t)
		}
	}
	for _, it := range items {
		if err := it.check(); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// check says what keeps the sides of a tensor from being compared.
func (it item) check() error {
	for _, t := range it {
		switch {
		case !slices.Equal(t.Shape, it.shape()):
			return t.Bad(fmt.Errorf("shape %v, but %v in %s", t.Shape, it.shape(), it[0].File), "compare checkpoints of one architecture")
		case !t.DType.Exact() && !rounds(t.DType):
			return t.Bad(fmt.Errorf("type %s cannot be compared", t.DType), "convert the checkpoint to BF16, F16 or F32")
		case (t.DType.Exact() || it.exact()) && t.DType != it[0].DType:
			return t.Bad(fmt.Errorf("type %s, but %s in %s", t.DType, it[0].DType, it[0].File), "save both checkpoints in the same type")
		}
	}
	return nil
}

// sameNames says which tensors only one of two checkpoints has.
func sameNames(a, b *safetensors.Checkpoint) error {
	onlyA, onlyB := difference(a.Tensors, b.Tensors), difference(b.Tensors, a.Tensors)
	if len(onlyA)+len(onlyB) == 0 {
		return nil
	}
	var parts []string
	if len(onlyA) > 0 {
		parts = append(parts, fmt.Sprintf("lacks %s, which %s has", list(onlyA), a.Name))
	}
	if len(onlyB) > 0 {
		parts = append(parts, fmt.Sprintf("has %s, which %s lacks", list(onlyB), a.Name))
	}
	return feedbackgen.BadInput(b.Name, errors.New(strings.Join(parts, "; it ")),
		"compare checkpoints of one architecture, saved alike (tied weights and adapters too)")
}

// difference is the names in a that are not in b; both are sorted.
func difference(a, b []safetensors.Tensor) []string {
	var only []string
	for _, t := range a {
		_, found := slices.BinarySearchFunc(b, t.Name, func(t safetensors.Tensor, name string) int {
			return strings.Compare(t.Name, name)
		})
		if !found {
			only = append(only, t.Name)
		}
	}
	return only
}

// list shows the first few names and counts the rest.
func list(names []string) string {
	const most = 3
	var shown []string
	for _, name := range names[:min(most, len(names))] {
		shown = append(shown, safetensors.Quote(name))
	}
	text := strings.Join(shown, ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
