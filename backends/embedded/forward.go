package embedded

import "math"

// slot is one token of a batch: what goes in, and what is to come out.
type slot struct {
	token, position int
	// rows are the keys and values of its sequence, which include this token's own.
	rows *trail
	// block and index are where its own keys and values are to be written; block is nil if they are
	// there already and the token is run again only for its logits.
	block *block
	index int
	// logits, if not nil, receives the scores of all tokens to follow.
	logits []float32
}

// runner runs batches of tokens through a model. One goroutine uses it at a time.
type runner struct {
	*model
	team *team
	// State of each token of the batch: the residual stream, its norm, queries, keys, values, mixed
	// values, and the feed-forward layer.
	x, normed, queries, keys, values, mixed, hidden [][]float32
	cos, sin                                        [][]float32
	// scratch is one expanded row, and scores a head group's attention, for each worker.
	scratch [][]float32
	scores  [][]float32
}

// newRunner makes room for batches of that many tokens.
func newRunner(m *model, team *team, batch int) *runner {
	workers := team.helpers + 1
	r := &runner{model: m, team: team}
	r.x, r.normed = vectorsOf(batch, m.width), vectorsOf(batch, m.width)
	r.queries, r.mixed = vectorsOf(batch, m.heads*m.headSize), vectorsOf(batch, m.heads*m.headSize)
	r.keys, r.values = vectorsOf(batch, m.kvHeads*m.headSize), vectorsOf(batch, m.kvHeads*m.headSize)
	r.hidden = vectorsOf(batch, m.hidden)
	r.cos, r.sin = vectorsOf(batch, m.rotated/2), vectorsOf(batch, m.rotated/2)
	r.scratch = vectorsOf(workers, m.longestRow())
	r.scores = vectorsOf(workers, 0)
	return r
}

func vectorsOf(n, length int) [][]float32 {
	all := make([]float32, n*length)
	vectors := make([][]float32, n)
	for i := range vectors {
		vectors[i] = all[i*length : (i+1)*length : (i+1)*length]
	}
	return vectors
}

// run computes a batch. Each token's numbers depend on its own sequence only.
func (r *runner) run(batch []slot) {
	n := len(batch)
	for i, s := range batch {
		copy(r.x[i], r.embedding.row(s.token, r.scratch[0]))
		for j, f := range r.frequencies {
			sin, cos := math.Sincos(float64(s.position) * f)
			r.cos[i][j], r.sin[i][j] = float32(cos), float32(sin)
		}
	}
	for i := range r.layers {
		l := &r.layers[i]
		r.norms(n, l.attentionNorm)
		r.project(r.normed[:n], l)
		r.place(batch, i)
		r.attend(batch, i)
		r.addRows(&l.mixed, r.mixed[:n])
		r.norms(n, l.feedForwardNorm)
		r.feed(r.normed[:n], l)
		r.addRows(&l.down, r.hidden[:n])
	}
	r.finish(batch)
}

// portion is below how many multiplications no helper is called: waking one takes as long.
const portion = 1 << 17

// grain is how many items of that many multiplications each make a portion worth handing out.
func (r *runner) grain(items, each int) int {
	fair := (items + 4*len(r.scratch) - 1) / (4 * len(r.scratch))
	return max(1, fair, (portion+each-1)/max(each, 1))
}

func (r *runner) norms(n int, weight []float32) {
	for i := range n {
		normalise(r.normed[i], r.x[i], weight, r.epsilon)
	}
}

// project computes queries, keys and values.
func (r *runner) project(in [][]float32, l *layer) {
	first, second := l.query.rows, l.query.rows+l.key.rows
	all := second + l.value.rows
	r.team.run(all, r.grain(all, r.width*len(in)), func(worker, from, to int) {
		for i := from; i < to; i++ {
			w, row, out := &l.query, i, r.queries
			switch {
			case i >= second:
				w, row, out = &l.value, i-second, r.values
			case i >= first:
				w, row, out = &l.key, i-first, r.keys
			}
			dots(w.row(row, r.scratch[worker]), in, func(t int, dot float32) { out[t][row] = dot })
		}
	})
}

// place rotates queries and keys to their positions, and writes keys and values where the sequence
// keeps them.
func (r *runner) place(batch []slot, layer int) {
	for i, s := range batch {
		for h := range r.heads {
			rotate(r.queries[i][h*r.headSize:], r.cos[i], r.sin[i])
		}
		if s.block == nil {
			continue
		}
		for h := range r.kvHeads {
			key := r.keys[i][h*r.headSize : (h+1)*r.headSize]
			rotate(key, r.cos[i], r.sin[i])
			copy(s.block.keys(r.shape, layer, h)[s.index*r.headSize:], key)
			copy(s.block.values(r.shape, layer, h)[s.index*r.headSize:], r.values[i][h*r.headSize:(h+1)*r.headSize])
		}
	}
}

// rotate turns neighbouring pairs of x by their angles, as GGUF orders the rows of Llama's weights.
func rotate(x, cos, sin []float32) {
	for j, c := range cos {
		a, b, s := x[2*j], x[2*j+1], sin[j]
		x[2*j] = float32(a*c) - float32(b*s)
		x[2*j+1] = float32(a*s) + float32(b*c)
	}
}

// attend mixes the values of all positions up to a token's own.
func (r *runner) attend(batch []slot, layer int) {
	work := 0
	for _, s := range batch {
		work += (s.position + 1) * r.headSize * r.group() * 2
	}
	items := len(batch) * r.kvHeads
	r.team.run(items, r.grain(items, work/len(batch)), func(worker, from, to int) {
		for i := from; i < to; i++ {
			r.attendHead(&batch[i/r.kvHeads], i/r.kvHeads, layer, i%r.kvHeads, worker)
		}
	})
}

// attendHead does so for the query heads of token t that share one head of keys and values.
func (r *runner) attendHead(s *slot, t, layer, head, worker int) {
	size, group, length := r.headSize, r.group(), s.position+1
	if need := group * length; cap(r.scores[worker]) < need {
		r.scores[worker] = make([]float32, 2*need)
	}
	scores := r.scores[worker][:group*length]
	queries := make([][]float32, 0, 8)
	for g := range group {
		at := (head*group + g) * size
		queries = append(queries, r.queries[t][at:at+size])
	}
	scale := float32(1 / math.Sqrt(float64(size)))
	at := 0
	s.rows.each(length, func(b *block, rows int) {
		keys := b.keys(r.shape, layer, head)
		for i := range rows {
			dots(keys[i*size:(i+1)*size], queries, func(g int, dot float32) { scores[g*length+at] = dot * scale })
			at++
		}
	})
	for g := range group {
		weights := scores[g*length : (g+1)*length]
		softmax(weights)
		out := r.mixed[t][(head*group+g)*size:][:size]
		clear(out)
		at = 0
		s.rows.each(length, func(b *block, rows int) {
			values := b.values(r.shape, layer, head)
			for i := range rows {
				addScaled(out, weights[at], values[i*size:(i+1)*size])
				at++
			}
		})
	}
}

// addRows multiplies in by the rows of w and adds the result to the residual stream.
func (r *runner) addRows(w *matrix, in [][]float32) {
	r.team.run(w.rows, r.grain(w.rows, w.cols*len(in)), func(worker, from, to int) {
		for row := from; row < to; row++ {
			dots(w.row(row, r.scratch[worker]), in, func(t int, dot float32) { r.x[t][row] += dot })
		}
	})
}

// feed computes the gated hidden layer.
func (r *runner) feed(in [][]float32, l *layer) {
	r.team.run(l.gate.rows, r.grain(l.gate.rows, 2*r.width*len(in)), func(worker, from, to int) {
		for row := from; row < to; row++ {
			dots(l.gate.row(row, r.scratch[worker]), in, func(t int, dot float32) { r.hidden[t][row] = silu(dot) })
			dots(l.up.row(row, r.scratch[worker]), in, func(t int, dot float32) { r.hidden[t][row] *= dot })
		}
	})
}

// finish computes the logits that are wanted.
func (r *runner) finish(batch []slot) {
	var in, out [][]float32
	for i, s := range batch {
		if s.logits != nil {
			normalise(r.normed[i], r.x[i], r.norm, r.epsilon)
			in, out = append(in, r.normed[i]), append(out, s.logits)
		}
	}
	if len(in) == 0 {
		return
	}
	r.team.run(r.output.rows, r.grain(r.output.rows, r.width*len(in)), func(worker, from, to int) {
		for row := from; row < to; row++ {
			dots(r.output.row(row, r.scratch[worker]), in, func(t int, dot float32) { out[t][row] = dot })
		}
	})
}
