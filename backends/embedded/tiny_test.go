package embedded

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
)

// tiny is a model with random weights, byte tokens and three control tokens.
type tiny struct {
	shape
	// separate: the output has weights of its own.
	separate bool
	weights  map[string][]float32
	writer   gguf.Writer
}

const tinyTemplate = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}" +
	"{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"

// newTiny draws a model. It is so small that its logits differ little; scale spreads them.
func newTiny(random *rand.Rand, s shape, separate bool) *tiny {
	m := &tiny{shape: s, separate: separate, weights: map[string][]float32{}}
	w := &m.writer
	w.Set("general.architecture", "llama")
	w.Set("llama.block_count", s.layers)
	w.Set("llama.context_length", s.context)
	w.Set("llama.embedding_length", s.width)
	w.Set("llama.feed_forward_length", s.hidden)
	w.Set("llama.attention.head_count", s.heads)
	w.Set("llama.attention.head_count_kv", s.kvHeads)
	w.Set("llama.attention.key_length", s.headSize)
	w.Set("llama.attention.value_length", s.headSize)
	w.Set("llama.attention.layer_norm_rms_epsilon", float32(s.epsilon))
	w.Set("llama.rope.freq_base", float32(s.ropeBase))
	w.Set("llama.rope.dimension_count", s.rotated)
	m.vocabulary = tinyVocabulary(w)

	add := func(name string, scale float64, sizes ...int) {
		n := 1
		for _, size := range sizes {
			n *= size
		}
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(random.NormFloat64() * scale)
			if len(sizes) == 1 {
				x[i] += 1 // a norm
			}
		}
		m.weights[name] = x
		w.AddFloats(name+".weight", sizes, x)
	}
	queries, keys := s.heads*s.headSize, s.kvHeads*s.headSize
	inward := func(n int) float64 { return 1.5 / math.Sqrt(float64(n)) }
	add("token_embd", 1, m.vocabulary, s.width)
	add("output_norm", 0.1, s.width)
	if separate {
		add("output", inward(s.width), m.vocabulary, s.width)
	}
	for i := range s.layers {
		name := func(part string) string { return fmt.Sprintf("blk.%d.%s", i, part) }
		add(name("attn_norm"), 0.1, s.width)
		add(name("attn_q"), inward(s.width), queries, s.width)
		add(name("attn_k"), inward(s.width), keys, s.width)
		add(name("attn_v"), inward(s.width), keys, s.width)
		add(name("attn_output"), inward(queries), s.width, queries)
		add(name("ffn_norm"), 0.1, s.width)
		add(name("ffn_gate"), inward(s.width), s.hidden, s.width)
		add(name("ffn_up"), inward(s.width), s.hidden, s.width)
		add(name("ffn_down"), inward(s.hidden), s.width, s.hidden)
	}
	return m
}

// tinyVocabulary writes 256 byte tokens, as gpt2 spells them, and the control tokens.
func tinyVocabulary(w *gguf.Writer) int {
	var tokens []string
	var kinds []int32
	next := rune(256)
	for b := range 256 {
		r := rune(b)
		if printable := b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae; !printable {
			r = next
			next++
		}
		tokens, kinds = append(tokens, string(r)), append(kinds, 1)
	}
	for _, control := range []string{"<|im_start|>", "<|im_end|>", "<|endoftext|>"} {
		tokens, kinds = append(tokens, control), append(kinds, 3)
	}
	w.Set("tokenizer.ggml.model", "gpt2")
	w.Set("tokenizer.ggml.pre", "gpt-2")
	w.Set("tokenizer.ggml.tokens", tokens)
	w.Set("tokenizer.ggml.token_type", kinds)
	w.Set("tokenizer.ggml.merges", []string{})
	w.Set("tokenizer.ggml.eos_token_id", len(tokens)-2)
	w.Set("tokenizer.chat_template", tinyTemplate)
	return len(tokens)
}

// tinyShape is a shape that leaves no case out: grouped heads, sizes that are no multiples of 32.
func tinyShape() shape {
	return shape{
		layers: 2, width: 24, hidden: 40, heads: 4, kvHeads: 2, headSize: 8, context: 256,
		epsilon: 1e-5, rotated: 6, ropeBase: 100,
	}
}

// file is the model as a file.
func (m *tiny) file(t testing.TB) []byte {
	t.Helper()
	file, err := m.writer.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func openBytes(t testing.TB, file []byte, config Config) *Backend {
	t.Helper()
	b, err := open(bytes.NewReader(file), int64(len(file)), "tiny.gguf", config)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// logits is the forward pass in plain float64: what the model says after tokens.
func (m *tiny) logits(tokens []int) []float64 {
	width := m.width
	var keys, values [][][]float64 // by layer and position
	for range m.layers {
		keys, values = append(keys, nil), append(values, nil)
	}
	var out []float64
	for position, token := range tokens {
		x := m.row("token_embd", token, width)
		for l := range m.layers {
			name := func(part string) string { return fmt.Sprintf("blk.%d.%s", l, part) }
			h := m.norm(x, name("attn_norm"))
			q := m.turn(m.times(name("attn_q"), h), position)
			keys[l] = append(keys[l], m.turn(m.times(name("attn_k"), h), position))
			values[l] = append(values[l], m.times(name("attn_v"), h))
			add(x, m.times(name("attn_output"), m.attention(q, keys[l], values[l])))
			h = m.norm(x, name("ffn_norm"))
			gate, up := m.times(name("ffn_gate"), h), m.times(name("ffn_up"), h)
			for i, g := range gate {
				up[i] *= g / (1 + math.Exp(-g))
			}
			add(x, m.times(name("ffn_down"), up))
		}
		head := "token_embd"
		if m.separate {
			head = "output"
		}
		out = m.times(head, m.norm(x, "output_norm"))
	}
	return out
}

func (m *tiny) attention(q []float64, keys, values [][]float64) []float64 {
	out := make([]float64, len(q))
	for h := range m.heads {
		kv := h / m.group() * m.headSize
		var weights []float64
		sum := 0.0
		for _, k := range keys {
			score := 0.0
			for i := range m.headSize {
				score += q[h*m.headSize+i] * k[kv+i]
			}
			weights = append(weights, math.Exp(score/math.Sqrt(float64(m.headSize))))
			sum += weights[len(weights)-1]
		}
		for p, v := range values {
			for i := range m.headSize {
				out[h*m.headSize+i] += weights[p] / sum * v[kv+i]
			}
		}
	}
	return out
}

func (m *tiny) turn(x []float64, position int) []float64 {
	for at := 0; at < len(x); at += m.headSize {
		for i := 0; i < m.rotated; i += 2 {
			angle := float64(position) * math.Pow(m.ropeBase, -float64(i)/float64(m.rotated))
			a, b := x[at+i], x[at+i+1]
			x[at+i] = a*math.Cos(angle) - b*math.Sin(angle)
			x[at+i+1] = a*math.Sin(angle) + b*math.Cos(angle)
		}
	}
	return x
}

func (m *tiny) norm(x []float64, name string) []float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v / math.Sqrt(sum/float64(len(x))+m.epsilon) * float64(m.weights[name][i])
	}
	return out
}

func (m *tiny) row(name string, i, width int) []float64 {
	out := make([]float64, width)
	for j, w := range m.weights[name][i*width : (i+1)*width] {
		out[j] = float64(w)
	}
	return out
}

func (m *tiny) times(name string, x []float64) []float64 {
	weights := m.weights[name]
	out := make([]float64, len(weights)/len(x))
	for i := range out {
		for j, v := range x {
			out[i] += float64(weights[i*len(x)+j]) * v
		}
	}
	return out
}

func add(x, y []float64) {
	for i, v := range y {
		x[i] += v
	}
}

func closeBackend(t testing.TB, b *Backend) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}
