package sparsity

import (
	"slices"
	"testing"
)

func TestPlace(t *testing.T) {
	for name, want := range map[string][2]string{
		"model.layers.7.self_attn.q_proj.weight":      {"model.layers.7", "self_attn.q_proj.weight"},
		"model.layers.7.mlp.experts.3.up_proj.weight": {"model.layers.7", "mlp.experts.up_proj.weight"},
		"h.0.attn.c_attn.bias":                        {"h.0", "attn.c_attn.bias"},
		"model.embed_tokens.weight":                   {Outside, "model.embed_tokens.weight"},
		"lm_head.weight":                              {Outside, "lm_head.weight"},
		"head.0":                                      {Outside, "head.0"},
		"a.1.2":                                       {Outside, "a.1.2"},
		"":                                            {Outside, ""},
	} {
		if layer, kind := place(name); layer != want[0] || kind != want[1] {
			t.Errorf("%q is in %q, %q; want %q", name, layer, kind, want)
		}
	}
}

func TestLayersAreInOrderOfTheirNumbers(t *testing.T) {
	want := []string{"a.layers.2", "a.layers.10", "b.layers.1", Outside}
	got := slices.Clone(want)
	slices.Sort(got)
	if slices.Equal(got, want) {
		t.Fatal("the order is that of the names: nothing is tested")
	}
	slices.SortFunc(got, compareLayers)
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
