package embedded

// blockRows is how many tokens' keys and values a block holds.
const blockRows = 16

// block holds the keys and values of up to blockRows successive tokens, and stands in a tree: the
// path from a root to a row spells a prefix, and the row is what the model computed for its last
// token. A child begins after any row of its parent, not only after the last. Rows never change.
type block struct {
	parent *block
	// offset is how many of the parent's rows come before this block.
	offset int
	tokens []int
	data   []float32
	// children by what they begin with. There may be one that begins as the parent goes on.
	children map[branch]*block
	// writer is the sequence that still appends rows, nil if none does.
	writer *sequence
	// refs counts the trails that go through here; such a block stays.
	refs int
	// holds counts the holds on it; such a block goes after all others.
	holds int
	// used is the step when a trail last went through here.
	used int64
}

// branch is where a child begins, and with which token.
type branch struct{ offset, token int }

// keys are the rows of one head of one layer, one after the other.
func (b *block) keys(s shape, layer, head int) []float32 {
	size := blockRows * s.headSize
	at := (layer*2*s.kvHeads + head) * size
	return b.data[at : at+size]
}

func (b *block) values(s shape, layer, head int) []float32 {
	size := blockRows * s.headSize
	at := (layer*2*s.kvHeads + s.kvHeads + head) * size
	return b.data[at : at+size]
}

// blockBytes is the memory of one block's rows.
func (s shape) blockBytes() int64 {
	return int64(s.layers) * 2 * int64(s.kvHeads) * int64(s.headSize) * blockRows * 4
}

// trail is a path in the tree: the rows of a sequence, the first length tokens' worth.
type trail struct {
	spans  []span
	length int
}

// span is a block on a trail, and how many of its rows belong to it.
type span struct {
	block *block
	rows  int
}

// each hands out the first length rows, block by block.
func (t *trail) each(length int, do func(b *block, rows int)) {
	for _, s := range t.spans {
		rows := min(s.rows, length)
		do(s.block, rows)
		if length -= rows; length == 0 {
			return
		}
	}
}

// tail is the last span, nil of an empty trail.
func (t *trail) tail() *span {
	if len(t.spans) == 0 {
		return nil
	}
	return &t.spans[len(t.spans)-1]
}

// cache is the tree of prefixes, in bounded memory. Only the scheduler uses it.
type cache struct {
	shape shape
	// roots are the blocks that begin a text, as children of this one, which has no rows.
	root  *block
	limit int
	// blocks are all that stand in the tree; free those that have memory but no rows.
	blocks, free []*block
	// busy counts the blocks with refs.
	busy int
	step int64
}

func newCache(s shape, limit int) *cache {
	return &cache{shape: s, limit: limit, root: &block{children: map[branch]*block{}}}
}

// follow lengthens t along tokens as far as the rows are known. It enters at most spare blocks that
// no trail went through, and counts them off.
func (c *cache) follow(t *trail, tokens []int, spare *int) {
	for t.length < len(tokens) {
		next := tokens[t.length]
		at, offset := c.root, 0
		if tail := t.tail(); tail != nil {
			if tail.rows < len(tail.block.tokens) && tail.block.tokens[tail.rows] == next {
				tail.rows++
				t.length++
				continue
			}
			at, offset = tail.block, tail.rows
		}
		child := at.children[branch{offset, next}]
		if child == nil {
			return
		}
		if child.refs == 0 {
			if *spare <= 0 {
				return
			}
			*spare--
		}
		c.enter(t, child)
	}
}

// enter puts a block, and its first row, at the end of a trail.
func (c *cache) enter(t *trail, b *block) {
	if b.refs == 0 {
		c.busy++
	}
	b.refs++
	b.used = c.step
	t.spans = append(t.spans, span{b, 1})
	t.length++
}

// fork is another trail along the same rows.
func (c *cache) fork(t *trail) trail {
	for _, s := range t.spans {
		s.block.refs++
		s.block.used = c.step
	}
	return trail{spans: append([]span(nil), t.spans...), length: t.length}
}

// leave gives up the trail of w; its rows stay as long as there is room.
func (c *cache) leave(w *sequence) {
	t := &w.trail
	for _, s := range t.spans {
		s.block.used = c.step
		if s.block.writer == w {
			s.block.writer = nil
		}
		if s.block.refs--; s.block.refs == 0 {
			c.busy--
		}
	}
	*t = trail{}
}

// appendRow makes a row for the next token of w's trail and returns where its keys and values go.
// A new block may have to be made, for which there has to be room: see [scheduler.fits].
func (c *cache) appendRow(w *sequence, token int) (*block, int) {
	t := &w.trail
	at, offset := c.root, 0
	if tail := t.tail(); tail != nil {
		at, offset = tail.block, tail.rows
		open := at.writer == nil || at.writer == w
		if open && offset == len(at.tokens) && offset < blockRows {
			at.writer = w
			at.tokens = append(at.tokens, token)
			tail.rows++
			t.length++
			return at, offset
		}
		if at.writer == w {
			at.writer = nil
		}
	}
	b := c.grow()
	b.parent, b.offset, b.writer = at, offset, w
	b.tokens = append(b.tokens, token)
	if known := at.children[branch{offset, token}]; known != nil {
		known.used = -1 // there was no room to follow it, and now no way; it goes first
	}
	at.children[branch{offset, token}] = b
	c.blocks = append(c.blocks, b)
	c.enter(t, b)
	return b, 0
}

// underway says whether another sequence is about to make the very row that w needs next: w waits,
// and follows.
func (c *cache) underway(w *sequence) bool {
	tail := w.trail.tail()
	if tail == nil || tail.rows < len(tail.block.tokens) {
		return false
	}
	other, at := tail.block.writer, w.trail.length
	return other != nil && other != w && other.trail.length == at && at < len(other.tokens) && other.tokens[at] == w.tokens[at]
}

// grow returns a block without rows: a free one, a new one, or the one that can best be spared.
func (c *cache) grow() *block {
	if n := len(c.free); n > 0 {
		b := c.free[n-1]
		c.free = c.free[:n-1]
		return b
	}
	if len(c.blocks) < c.limit {
		return &block{
			data: make([]float32, c.shape.blockBytes()/4), tokens: make([]int, 0, blockRows),
			children: map[branch]*block{},
		}
	}
	c.evict()
	return c.grow()
}

// evict frees the leaf that was used longest ago, a held one only if all are held.
func (c *cache) evict() {
	worst := -1
	for i, b := range c.blocks {
		if b.refs > 0 || len(b.children) > 0 {
			continue
		}
		if worst < 0 || before(b, c.blocks[worst]) {
			worst = i
		}
	}
	if worst < 0 {
		panic("embedded: every block of the cache is in use; the scheduler admitted too much")
	}
	b := c.blocks[worst]
	last := len(c.blocks) - 1
	c.blocks[worst] = c.blocks[last]
	c.blocks[last] = nil
	c.blocks = c.blocks[:last]
	if at := (branch{b.offset, b.tokens[0]}); b.parent.children[at] == b {
		delete(b.parent.children, at)
	}
	// Who held the block has a pointer to it, hence a new one for the memory.
	c.free = append(c.free, &block{data: b.data, tokens: b.tokens[:0], children: b.children})
}

// before says whether a goes before b.
func before(a, b *block) bool {
	if (a.holds == 0) != (b.holds == 0) {
		return a.holds == 0
	}
	return a.used < b.used
}
