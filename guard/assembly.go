package guard

import (
	"iter"
	"sync"
)

// inHand bounds how many cases wait between two guards.
const inHand = 16

// assembly sends cases past the guards as on an assembly line: each guard sees every case, in order,
// after the guards before it, while those are at work on later cases already. So all cores are busy,
// and what guards say is the same as one after the other. The last step is done here, by the caller.
func assembly(cases iter.Seq2[*Case, error], guards []Guard, last func(*Case) error) error {
	var workers sync.WaitGroup
	defer workers.Wait()
	done := make(chan struct{})
	defer close(done)

	var broken error // set before the first channel is closed
	source := make(chan *Case, inHand)
	workers.Go(func() {
		defer close(source)
		for c, err := range cases {
			if err != nil {
				broken = err
				return
			}
			select {
			case source <- c:
			case <-done:
				return
			}
		}
	})
	line := source
	for _, g := range guards {
		in, out := line, make(chan *Case, inHand)
		line = out
		workers.Go(func() {
			defer close(out)
			for c := range in {
				g.Judge(c)
				select {
				case out <- c:
				case <-done:
					return
				}
			}
		})
	}
	for c := range line {
		if err := last(c); err != nil {
			return err
		}
	}
	return broken
}
