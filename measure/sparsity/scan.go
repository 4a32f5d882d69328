package sparsity

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
)

const (
	workers = 2
	// chunkElements is how much of a tensor a worker looks at in one go: little enough for the second
	// cache, enough that reading it costs few system calls.
	chunkElements = 64 << 10
)

// chunk is a stretch of one item's elements.
type chunk struct {
	item     int
	first, n int64
}

// tally counts elements of one item: those that each update changed, and those that both did.
type tally struct {
	changed [2]int64
	both    int64
}

func (t *tally) add(other tally) {
	t.changed[0] += other.changed[0]
	t.changed[1] += other.changed[1]
	t.both += other.both
}

// scan cuts the items into chunks, counts each, and adds up by item. Chunks are handed out in order,
// and what is handed out is finished: the first failing chunk is the same at any speed.
func scan(ctx context.Context, items []item, count func(*buffers, item, chunk) (tally, error)) ([]tally, error) {
	work := &dispenser{items: items, failed: -1}
	totals := make([][]tally, workers)
	var group sync.WaitGroup
	for w := range workers {
		totals[w] = make([]tally, len(items))
		group.Go(func() {
			var b buffers
			for c, ok := work.next(ctx); ok; c, ok = work.next(ctx) {
				got, err := count(&b, items[c.item], c)
				if err != nil {
					work.fail(c, err)
					return
				}
				totals[w][c.item].add(got)
			}
		})
	}
	group.Wait()
	if err := cmp.Or(work.err, ctx.Err()); err != nil {
		return nil, err
	}
	for i := range totals[0] {
		for _, other := range totals[1:] {
			totals[0][i].add(other[i])
		}
	}
	return totals[0], nil
}

// dispenser hands out the chunks of all items in order, until one has failed.
type dispenser struct {
	items []item

	mu      sync.Mutex
	item    int
	element int64
	failed  int // the item of the first failed chunk, -1 for none
	first   int64
	err     error
}

func (d *dispenser) next(ctx context.Context) (chunk, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.item < len(d.items) && d.element == d.items[d.item].elements() {
		d.item, d.element = d.item+1, 0
	}
	if d.item == len(d.items) || d.err != nil || ctx.Err() != nil {
		return chunk{}, false
	}
	c := chunk{item: d.item, first: d.element, n: min(chunkElements, d.items[d.item].elements()-d.element)}
	d.element += c.n
	return c, true
}

func (d *dispenser) fail(c chunk, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil || cmp.Or(cmp.Compare(c.item, d.failed), cmp.Compare(c.first, d.first)) < 0 {
		d.failed, d.first, d.err = c.item, c.first, err
	}
}

// buffers are one worker's, for a chunk of each checkpoint.
type buffers struct {
	raw    [3][]byte
	values [3][]float32
}

// read reads a chunk of every side.
func (b *buffers) read(it item, c chunk) error {
	for i, t := range it {
		size := int(c.n * t.DType.Size())
		b.raw[i] = slices.Grow(b.raw[i][:0], size)[:size]
		if err := t.ReadElements(b.raw[i], c.first); err != nil {
			return err
		}
	}
	return nil
}

// checkFinite checks every side of what was read.
func (b *buffers) checkFinite(it item, c chunk) error {
	for i, t := range it {
		if err := checkFinite(t, b.raw[i], c.first); err != nil {
			return err
		}
	}
	return nil
}

// decode decodes every side of what was read.
func (b *buffers) decode(it item, c chunk) {
	for i, t := range it {
		b.values[i] = slices.Grow(b.values[i][:0], int(c.n))[:c.n]
		decodeBF16(b.values[i], b.raw[i], t.DType)
	}
}

// same reports whether two sides hold the same bytes, so that nothing needs decoding.
func (b *buffers) same(it item, i, j int) bool {
	return it[i].DType == it[j].DType && bytes.Equal(b.raw[i], b.raw[j])
}

// countChanged counts what differs between two sides.
func countChanged(b *buffers, it item, c chunk) (tally, error) {
	if err := b.read(it, c); err != nil {
		return tally{}, err
	}
	if b.same(it, 0, 1) {
		if it.exact() {
			return tally{}, nil
		}
		return tally{}, checkFinite(it[0], b.raw[0], c.first)
	}
	var n int64
	if it.exact() {
		size := int(it[0].DType.Size())
		for i := 0; i < len(b.raw[0]); i += size {
			if !bytes.Equal(b.raw[0][i:i+size], b.raw[1][i:i+size]) {
				n++
			}
		}
		return tally{changed: [2]int64{n}}, nil
	}
	if err := b.checkFinite(it, c); err != nil {
		return tally{}, err
	}
	b.decode(it, c)
	tuned := b.values[1]
	for i, base := range b.values[0] {
		n += changed(base, tuned[i])
	}
	return tally{changed: [2]int64{n}}, nil
}

// countOverlap counts, of three sides, what each of the later two changed of the first. Integers are
// left out.
func countOverlap(b *buffers, it item, c chunk) (tally, error) {
	if it.exact() {
		return tally{}, nil
	}
	if err := b.read(it, c); err != nil {
		return tally{}, err
	}
	if err := b.checkFinite(it, c); err != nil {
		return tally{}, err
	}
	if b.same(it, 0, 1) && b.same(it, 0, 2) {
		return tally{}, nil
	}
	b.decode(it, c)
	var t tally
	one, two := b.values[1], b.values[2]
	for i, base := range b.values[0] {
		inOne, inTwo := changed(base, one[i]), changed(base, two[i])
		t.changed[0] += inOne
		t.changed[1] += inTwo
		t.both += inOne & inTwo
	}
	return t, nil
}
