package embedded

import (
	"sync"
	"sync/atomic"
)

// team shares out work among a fixed number of goroutines, the caller's one of them.
type team struct {
	helpers int
	current atomic.Pointer[work]
	wake    []chan struct{}
	// finished holds one signal for each call of run that had help.
	finished chan struct{}
	left     sync.WaitGroup
}

// work is one call's items, taken in portions, by whoever has time. A helper that wakes up late finds
// nothing left, and nobody waits for it.
type work struct {
	next, undone atomic.Int64
	items, grain int
	do           func(worker, from, to int)
}

// newTeam starts size-1 helpers. Only one goroutine may call run, and close in the end.
func newTeam(size int) *team {
	t := &team{helpers: size - 1, finished: make(chan struct{}, 1)}
	for i := range t.helpers {
		wake := make(chan struct{}, 1)
		t.wake = append(t.wake, wake)
		t.left.Go(func() {
			for range wake {
				t.take(t.current.Load(), i+1)
			}
		})
	}
	return t
}

// run calls do for ranges that together are 0 to items-1, and returns when all is done. Worker is
// below the team's size, and no worker has two ranges at once. A range has at most grain items; if
// all fit one grain, the caller does them alone.
func (t *team) run(items, grain int, do func(worker, from, to int)) {
	if items <= grain || t.helpers == 0 {
		if items > 0 {
			do(0, 0, items)
		}
		return
	}
	w := &work{items: items, grain: grain, do: do}
	w.undone.Store(int64((items + grain - 1) / grain))
	t.current.Store(w)
	for _, wake := range t.wake {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
	t.take(w, 0)
	<-t.finished
}

// take does portions of w until none is left; whoever does the last one says so.
func (t *team) take(w *work, worker int) {
	for {
		from := int(w.next.Add(int64(w.grain))) - w.grain
		if from >= w.items {
			return
		}
		w.do(worker, from, min(from+w.grain, w.items))
		if w.undone.Add(-1) == 0 {
			t.finished <- struct{}{}
		}
	}
}

// close ends the helpers and waits for them.
func (t *team) close() {
	for _, wake := range t.wake {
		close(wake)
	}
	t.left.Wait()
}
