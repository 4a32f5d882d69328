package sparsity

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Outside is the group of the tensors that are in no numbered layer.
const Outside = "outside layers"

// place splits a tensor's name at its first number: the layer is the name up to there, the kind what
// comes after, without the numbers of experts and the like. A name without a number, or with nothing
// after it, is a kind of its own.
//
//	model.layers.7.mlp.experts.3.up_proj.weight -> model.layers.7, mlp.experts.up_proj.weight
func place(name string) (layer, kind string) {
	parts := strings.Split(name, ".")
	number := slices.IndexFunc(parts, isNumber)
	if number < 0 {
		return Outside, name
	}
	kinds := slices.DeleteFunc(slices.Clone(parts[number+1:]), isNumber)
	if len(kinds) == 0 {
		return Outside, name
	}
	return strings.Join(parts[:number+1], "."), strings.Join(kinds, ".")
}

func isNumber(part string) bool {
	_, err := strconv.ParseUint(part, 10, 32)
	return err == nil
}

// compareLayers orders layers by what is before the number, then by the number; [Outside] is last.
func compareLayers(a, b string) int {
	if a == Outside || b == Outside {
		return cmp.Compare(boolInt(a == Outside), boolInt(b == Outside))
	}
	stemA, numberA := splitNumber(a)
	stemB, numberB := splitNumber(b)
	return cmp.Or(cmp.Compare(stemA, stemB), cmp.Compare(numberA, numberB), cmp.Compare(a, b))
}

// splitNumber takes a layer's name, as place makes it, apart.
func splitNumber(layer string) (stem string, number uint64) {
	cut := strings.LastIndexByte(layer, '.') + 1
	number, _ = strconv.ParseUint(layer[cut:], 10, 32) // place has seen that it is one
	return layer[:cut], number
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
