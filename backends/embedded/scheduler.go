package embedded

import (
	"math"
	"sync"
)

// promptTokens is how many tokens of prompts a step takes, beside one for each sample that grows.
// The more, the faster a prompt and the slower the samples beside it.
const promptTokens = 64

// scheduler is one goroutine that runs all jobs. A step is a batch: the next token of each sample
// that grows, and a chunk of the prompts that are new.
type scheduler struct {
	runner *runner
	cache  *cache
	slots  int
	ends   func(token int) bool

	mu       sync.Mutex
	incoming []*job
	released []*hold
	closing  bool
	wake     chan struct{}
	stopped  chan struct{}

	// What follows belongs to the goroutine alone.
	queue   []*sequence
	active  []*sequence
	batch   []slot
	planned []planned
	scratch []candidates
	// spare are logits' rooms that nobody uses.
	spare [][]float32
}

// planned is what a sequence contributes to a batch: some rows, the last of which give logits.
type planned struct {
	sequence *sequence
	logits   [][]float32
	// first is the position of the first of logits.
	first int
}

func newScheduler(m *model, threads, slots, blocks int, ends func(int) bool) *scheduler {
	team := newTeam(threads)
	s := &scheduler{
		runner: newRunner(m, team, slots+promptTokens), cache: newCache(m.shape, blocks), slots: slots, ends: ends,
		wake: make(chan struct{}, 1), stopped: make(chan struct{}), scratch: make([]candidates, threads),
	}
	go s.loop()
	return s
}

// submit queues a job, whose done is closed in the end; false if the scheduler is closed.
func (s *scheduler) submit(j *job) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.incoming = append(s.incoming, j)
	s.nudge()
	return true
}

// release ends a hold.
func (s *scheduler) release(h *hold) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closing {
		s.released = append(s.released, h)
		s.nudge()
	}
}

// close ends all jobs and waits for the goroutine.
func (s *scheduler) close() {
	s.mu.Lock()
	s.closing = true
	s.nudge()
	s.mu.Unlock()
	<-s.stopped
}

// nudge makes the goroutine look around.
func (s *scheduler) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *scheduler) loop() {
	defer close(s.stopped)
	defer s.runner.team.close()
	for s.collect() {
		s.dropCancelled()
		s.admit()
		s.step()
	}
	for _, q := range append(s.active, s.queue...) {
		s.fail(q, errClosed)
	}
}

// collect takes what came in, waiting if there is nothing else to do; false once closed.
func (s *scheduler) collect() bool {
	if len(s.active) == 0 && len(s.queue) == 0 {
		<-s.wake
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.released {
		for _, b := range h.blocks {
			b.holds--
		}
	}
	for _, j := range s.incoming {
		s.queue = append(s.queue, j.begin())
	}
	s.released, s.incoming = nil, nil
	return !s.closing
}

// dropCancelled frees the slots of requests that nobody waits for.
func (s *scheduler) dropCancelled() {
	s.active = s.dropFrom(s.active)
	s.queue = s.dropFrom(s.queue)
}

func (s *scheduler) dropFrom(sequences []*sequence) []*sequence {
	kept := sequences[:0]
	for _, q := range sequences {
		if err := q.job.ctx.Err(); err != nil || q.job.err != nil {
			s.fail(q, err)
			continue
		}
		kept = append(kept, q)
	}
	clear(sequences[len(kept):])
	return kept
}

// fail gives a sequence up, and with it its job.
func (s *scheduler) fail(q *sequence, err error) {
	s.cache.leave(q)
	if q.job.err == nil {
		q.job.err = err
		close(q.job.done)
	}
}

// admit fills the slots, in the order of arrival. A sequence is admitted if the blocks that it may
// come to need can be had whatever the others do.
func (s *scheduler) admit() {
	for len(s.queue) > 0 && len(s.active) < s.slots {
		q := s.queue[0]
		if !s.fits(q) {
			return
		}
		s.queue[0] = nil
		s.queue = s.queue[1:]
		s.active = append(s.active, q)
	}
}

// fits looks up what is known of q's tokens, and says whether q can run to its end.
func (s *scheduler) fits(q *sequence) bool {
	unlimited := math.MaxInt
	s.cache.follow(&q.trail, q.tokens, &unlimited)
	if q.promise() <= s.unpromised() {
		return true
	}
	if len(s.active) == 0 {
		// Its known rows lie scattered over too many blocks, or others that wait cling to theirs.
		// Afresh, in full blocks, any sequence fits.
		for _, waiting := range s.queue {
			s.cache.leave(waiting)
		}
		return true
	}
	if !q.generating() {
		s.cache.leave(q) // nothing is kept for one that waits
	}
	return false
}

// unpromised is how many blocks are neither in use nor promised to an active sequence. It never
// falls below zero: to make a block, a sequence has one promise fewer.
func (s *scheduler) unpromised() int {
	left := s.cache.limit - s.cache.busy
	for _, q := range s.active {
		left -= q.promise()
	}
	return left
}

// step runs one batch.
func (s *scheduler) step() {
	s.cache.step++
	s.batch, s.planned = s.batch[:0], s.planned[:0]
	prompts, spare := promptTokens, s.unpromised()
	for _, q := range s.active {
		s.plan(q, &prompts, &spare)
	}
	if len(s.batch) > 0 {
		s.runner.run(s.batch)
	}
	s.settle()
}

// plan adds to the batch what q can do next: one token, or as much of its prompt as prompts allows.
func (s *scheduler) plan(q *sequence, prompts, spare *int) {
	if tail := q.trail.tail(); tail == nil || tail.block.writer != q || len(tail.block.tokens) == blockRows {
		s.cache.follow(&q.trail, q.tokens, spare)
	}
	p := planned{sequence: q, first: q.wanted()}
	position := min(q.trail.length, p.first)
	free := q.generating() && position == len(q.tokens)-1
	for ; position < len(q.tokens) && (free || *prompts > 0); position++ {
		next := slot{token: q.tokens[position], position: position, rows: &q.trail}
		if position >= q.trail.length {
			if s.cache.underway(q) {
				break
			}
			next.block, next.index = s.cache.appendRow(q, next.token)
		}
		if position >= p.first {
			next.logits = s.room()
			p.logits = append(p.logits, next.logits)
		}
		s.batch = append(s.batch, next)
		if !free {
			*prompts--
		}
	}
	s.planned = append(s.planned, p)
}

// room is a vector for logits.
func (s *scheduler) room() []float32 {
	if n := len(s.spare); n > 0 {
		room := s.spare[n-1]
		s.spare = s.spare[:n-1]
		return room
	}
	return make([]float32, s.runner.vocabulary)
}
