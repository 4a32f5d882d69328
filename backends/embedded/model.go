package embedded

import (
	"fmt"
	"math"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

// plainWeights is up to how many weights a model is held as float32 whatever its file holds: so
// small a model is bound by arithmetic, not by memory.
const plainWeights = 16 << 20

// model is the weights; it never changes.
type model struct {
	shape
	embedding matrix
	layers    []layer
	norm      []float32
	// output may be the embedding.
	output *matrix
	// frequencies are those of the rotated pairs of a head.
	frequencies []float64
}

// layer is one transformer block.
type layer struct {
	attentionNorm, feedForwardNorm []float32
	query, key, value, mixed       matrix
	gate, up, down                 matrix
}

// readModel reads the weights of a Llama model with that many tokens.
func readModel(f *gguf.File, vocabulary int) (*model, error) {
	s, err := readShape(f)
	if err != nil {
		return nil, err
	}
	s.vocabulary = vocabulary
	if s.layers > len(f.Tensors) {
		return nil, badField(f.Name, "llama.block_count", "%d layers in a file of %d tensors", s.layers, len(f.Tensors))
	}
	weights := 0
	for _, t := range f.Tensors {
		weights += t.Len()
	}
	plain := weights <= plainWeights

	r := &tensors{file: f, used: map[string]bool{}}
	m := &model{shape: s, layers: make([]layer, s.layers)}
	m.embedding = r.matrix("token_embd.weight", vocabulary, s.width, plain)
	m.output = &m.embedding
	if f.HasTensor("output.weight") {
		separate := r.matrix("output.weight", vocabulary, s.width, plain)
		m.output = &separate
	}
	m.norm = r.vector("output_norm.weight", s.width)
	queries, keys := s.heads*s.headSize, s.kvHeads*s.headSize
	for i := range m.layers {
		name := func(part string) string { return fmt.Sprintf("blk.%d.%s.weight", i, part) }
		m.layers[i] = layer{
			attentionNorm:   r.vector(name("attn_norm"), s.width),
			query:           r.matrix(name("attn_q"), queries, s.width, plain),
			key:             r.matrix(name("attn_k"), keys, s.width, plain),
			value:           r.matrix(name("attn_v"), keys, s.width, plain),
			mixed:           r.matrix(name("attn_output"), s.width, queries, plain),
			feedForwardNorm: r.vector(name("ffn_norm"), s.width),
			gate:            r.matrix(name("ffn_gate"), s.hidden, s.width, plain),
			up:              r.matrix(name("ffn_up"), s.hidden, s.width, plain),
			down:            r.matrix(name("ffn_down"), s.width, s.hidden, plain),
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	for i := range s.rotated / 2 {
		m.frequencies = append(m.frequencies, math.Pow(s.ropeBase, -2*float64(i)/float64(s.rotated)))
	}
	return m, r.rest()
}

// longestRow is the length of the scratch space that [matrix.row] needs.
func (s shape) longestRow() int { return max(s.width, s.hidden, s.heads*s.headSize) }
