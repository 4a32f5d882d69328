package tokenizer

import "slices"

// symbol is a stretch of the text that merging has made one so far, in a linked list.
type symbol struct {
	// start and end are where it lies in the text.
	start, end int32
	// prev and next are the neighbours' indices; -1 at the ends.
	prev, next int32
	// id is its token, or whatever number the vocabulary gave it.
	id int32
	// pair is what merging it with the next symbol would make.
	pair pair
}

// pair is a possible merge: the lowest rank goes first. ok is false where the two do not merge.
type pair struct {
	rank uint32
	id   int32
	ok   bool
}

// merger merges neighbours until no two merge, always a pair of the lowest rank, and of these the
// leftmost, as both kinds of vocabulary do: O(n log n) for n symbols. It is scratch space for one
// text at a time.
type merger struct {
	symbols []symbol
	queue   queue
}

// push appends a symbol that ends at end; it begins where the last one ended.
func (m *merger) push(end int, id int32) {
	n := int32(len(m.symbols))
	s := symbol{end: int32(end), prev: n - 1, next: -1, id: id}
	if n > 0 {
		m.symbols[n-1].next = n
		s.start = m.symbols[n-1].end
	}
	m.symbols = append(m.symbols, s)
}

// merge merges what was pushed; the result is the list that begins at symbol 0.
func (m *merger) merge(look func(left, right *symbol) pair) {
	for i := range m.symbols {
		m.consider(int32(i), look)
	}
	for len(m.queue) > 0 {
		next := m.queue.pop()
		left := &m.symbols[int32(uint32(next))]
		// A pair that was queued may be gone since: merged away, or become another one.
		if !left.pair.ok || left.pair.rank != uint32(next>>32) {
			continue
		}
		right := &m.symbols[left.next]
		left.id, left.end = left.pair.id, right.end
		left.next, right.pair.ok = right.next, false
		if left.next >= 0 {
			m.symbols[left.next].prev = int32(uint32(next))
		}
		m.consider(int32(uint32(next)), look)
		if left.prev >= 0 {
			m.consider(left.prev, look)
		}
	}
}

// consider looks what symbol i would make with the next one, and queues it.
func (m *merger) consider(i int32, look func(left, right *symbol) pair) {
	left := &m.symbols[i]
	left.pair.ok = false
	if left.next < 0 {
		return
	}
	if left.pair = look(left, &m.symbols[left.next]); left.pair.ok {
		m.queue.push(uint64(left.pair.rank)<<32 | uint64(i))
	}
}

// reset empties the list and makes room for n symbols.
func (m *merger) reset(n int) {
	m.symbols = slices.Grow(m.symbols[:0], n)
	m.queue = slices.Grow(m.queue[:0], n)
}

// queue is a binary heap, the lowest first.
type queue []uint64

func (q *queue) push(key uint64) {
	heap := append(*q, key)
	at := len(heap) - 1
	for at > 0 {
		parent := (at - 1) / 2
		if heap[parent] <= key {
			break
		}
		heap[at] = heap[parent]
		at = parent
	}
	heap[at] = key
	*q = heap
}

func (q *queue) pop() uint64 {
	heap := *q
	lowest, last := heap[0], heap[len(heap)-1]
	heap = heap[:len(heap)-1]
	*q = heap
	if len(heap) == 0 {
		return lowest
	}
	at := 0
	for {
		child := 2*at + 1
		if child >= len(heap) {
			break
		}
		if child+1 < len(heap) && heap[child+1] < heap[child] {
			child++
		}
		if last <= heap[child] {
			break
		}
		heap[at] = heap[child]
		at = child
	}
	heap[at] = last
	return lowest
}
