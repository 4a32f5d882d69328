package embedded

import (
	"slices"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

// shape is what a file says about the size and form of its model.
type shape struct {
	layers int
	// width is the length of a token's vector, hidden that of the feed-forward layer's.
	width, hidden int
	// heads are the query heads, kvHeads those of keys and values; each is headSize long.
	heads, kvHeads, headSize int
	vocabulary               int
	// context is how many tokens, prompt and answer together, the model can take.
	context int
	// epsilon keeps the norm's division from zero.
	epsilon float64
	// rotated is how many leading elements of a head carry the position, by frequencies that
	// begin at 1 and fall towards 1/ropeBase.
	rotated  int
	ropeBase float64
}

// group is how many query heads share one head of keys and values.
func (s shape) group() int { return s.heads / s.kvHeads }

// readShape reads the metadata of a Llama model and refuses what this engine does not compute.
func readShape(f *gguf.File) (shape, error) {
	architecture, err := f.Text("general.architecture")
	if err != nil {
		return shape{}, err
	}
	if architecture != "llama" {
		return shape{}, unsupported(badField(f.Name, "general.architecture", "%q: only models of the Llama architecture run here", architecture))
	}
	r := fields{file: f}
	s := shape{
		layers:   r.count("llama.block_count", 0, 1<<12),
		context:  r.count("llama.context_length", 0, 1<<30),
		width:    r.count("llama.embedding_length", 0, 1<<20),
		hidden:   r.count("llama.feed_forward_length", 0, 1<<22),
		heads:    r.count("llama.attention.head_count", 0, 1<<14),
		epsilon:  r.number("llama.attention.layer_norm_rms_epsilon", 0),
		ropeBase: r.number("llama.rope.freq_base", 10_000),
	}
	s.kvHeads = r.count("llama.attention.head_count_kv", max(s.heads, 1), 1<<14)
	if r.err == nil && !f.Has("llama.attention.key_length") && s.width%s.heads != 0 {
		r.err = badField(f.Name, "llama.attention.head_count", "%d heads do not divide a width of %d", s.heads, s.width)
	}
	s.headSize = r.count("llama.attention.key_length", max(s.width/max(s.heads, 1), 1), 1<<14)
	s.rotated = r.count("llama.rope.dimension_count", s.headSize, 1<<14)
	valueSize := r.count("llama.attention.value_length", s.headSize, 1<<14)
	switch {
	case r.err != nil:
	case s.heads%s.kvHeads != 0:
		r.err = badField(f.Name, "llama.attention.head_count_kv", "%d heads of keys do not divide %d heads", s.kvHeads, s.heads)
	case valueSize != s.headSize:
		r.err = badField(f.Name, "llama.attention.value_length", "%d, and keys of length %d: unequal lengths are not supported", valueSize, s.headSize)
	case s.rotated%2 != 0 || s.rotated > s.headSize:
		r.err = badField(f.Name, "llama.rope.dimension_count", "%d is odd or above the head's length of %d", s.rotated, s.headSize)
	default:
		r.err = refuseVariants(f)
	}
	return s, r.err
}

// refuseVariants refuses models that compute something else under the same name.
func refuseVariants(f *gguf.File) error {
	scaling, err := gguf.Optional("none")(f.Text("llama.rope.scaling.type"))
	if err != nil {
		return err
	}
	factor, err := gguf.Optional(1.0)(f.Float("llama.rope.scaling.factor"))
	if err != nil {
		return err
	}
	linear, err := gguf.Optional(1.0)(f.Float("llama.rope.scale_linear"))
	if err != nil {
		return err
	}
	experts, err := gguf.Optional(0)(f.Int("llama.expert_count"))
	if err != nil {
		return err
	}
	switch {
	case scaling != "none" && scaling != "" && factor != 1:
		return unsupported(badField(f.Name, "llama.rope.scaling.type", "%q: scaled positions are not supported", scaling))
	case linear != 1:
		return unsupported(badField(f.Name, "llama.rope.scale_linear", "%g: scaled positions are not supported", linear))
	case experts != 0:
		return unsupported(badField(f.Name, "llama.expert_count", "%d: mixtures of experts are not supported", experts))
	}
	return nil
}

// fields reads required and optional fields and keeps the first error.
type fields struct {
	file *gguf.File
	err  error
}

// count is an integer between 1 and limit; a fallback above 0 makes the field optional.
func (r *fields) count(key string, fallback, limit int) int {
	n, err := r.file.Int(key)
	if fallback > 0 {
		n, err = gguf.Optional(fallback)(n, err)
	}
	if err == nil && (n < 1 || n > limit) {
		err = badField(r.file.Name, key, "%d is not between 1 and %d", n, limit)
	}
	r.keep(err)
	return n
}

// number is a positive number; a fallback above 0 makes the field optional.
func (r *fields) number(key string, fallback float64) float64 {
	x, err := r.file.Float(key)
	if fallback > 0 {
		x, err = gguf.Optional(fallback)(x, err)
	}
	if err == nil && !(x > 0 && x < 1e12) {
		err = badField(r.file.Name, key, "%g is not a positive number", x)
	}
	r.keep(err)
	return x
}

func (r *fields) keep(err error) {
	if err != nil && r.err == nil {
		r.err = err
	}
}

// tensors hands out the tensors of a file, checks their shapes, and knows which were never asked for.
type tensors struct {
	file *gguf.File
	used map[string]bool
	err  error
}

// take returns the tensor of that name and shape; nil after an error.
func (r *tensors) take(name string, want ...int) *gguf.Tensor {
	if r.err != nil {
		return nil
	}
	t, err := r.file.Tensor(name)
	switch {
	case err != nil:
		r.err = err
	case !slices.Equal(t.Shape, want):
		r.err = badField(r.file.Name, "tensor "+name, "its shape is %v, and has to be %v", t.Shape, want)
	case !t.Type.Supported():
		r.err = unsupported(badField(r.file.Name, "tensor "+name, "tensors of type %s are not supported", t.Type))
	default:
		r.used[name] = true
		return t
	}
	return nil
}

// vector reads a tensor of one dimension.
func (r *tensors) vector(name string, size int) []float32 {
	t := r.take(name, size)
	if t == nil {
		return nil
	}
	x, err := t.Floats(nil)
	if err != nil {
		r.err = err
	}
	return x
}

// matrix reads a tensor of two dimensions.
func (r *tensors) matrix(name string, rows, cols int, plain bool) matrix {
	t := r.take(name, rows, cols)
	if t == nil {
		return matrix{}
	}
	m, err := newMatrix(t, plain)
	if err != nil {
		r.err = err
	}
	return m
}

// rest is an error about a tensor that was never asked for: a model that has it computes something
// that this engine does not.
func (r *tensors) rest() error {
	if r.err != nil {
		return r.err
	}
	for _, t := range r.file.Tensors {
		if !r.used[t.Name] {
			return unsupported(badField(r.file.Name, "tensor "+t.Name, "no Llama model that runs here has it"))
		}
	}
	return nil
}
