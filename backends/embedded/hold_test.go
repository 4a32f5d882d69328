package embedded

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A held prefix stays while others come and go, and goes like them once it is released.
func TestHeldPrefixesStay(t *testing.T) {
	model := newTiny(rand.New(rand.NewPCG(8, 0)), tinyShape(), false)
	prompt := make([]int, 48)
	for i := range prompt {
		prompt[i] = i
	}
	for name, released := range map[string]bool{"held": false, "released": true} {
		t.Run(name, func(t *testing.T) {
			b := openBytes(t, model.file(t), Config{CacheBytes: 20 * model.blockBytes()})
			j := &job{prompt: prompt, hold: true}
			if err := b.do(t.Context(), j); err != nil {
				t.Fatal(err)
			}
			if released {
				b.scheduler.release(j.held)
			}
			for i := range 10 { // each needs 7 blocks of the 20
				other := play{prompt: append([]int{100 + i}, prompt...), n: 1, most: 60}
				other.result(t.Context(), t, b)
			}
			closeBackend(t, b)
			found, unlimited := trail{}, math.MaxInt
			b.scheduler.cache.follow(&found, prompt, &unlimited)
			if kept := found.length == len(prompt); kept == released {
				t.Errorf("%d of %d rows are left", found.length, len(prompt))
			}
		})
	}
}

// A hold is a hint: where holds take all the room, requests still succeed.
func TestHoldsGiveWay(t *testing.T) {
	model := newTiny(rand.New(rand.NewPCG(8, 0)), tinyShape(), false)
	b := openBytes(t, model.file(t), Config{CacheBytes: 17 * model.blockBytes()})
	defer closeBackend(t, b)
	var holds []*hold
	for i := range 6 { // 6 times 4 blocks, of 17
		prompt := make([]int, 64)
		prompt[0] = i
		j := &job{prompt: prompt, hold: true}
		if err := b.do(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		holds = append(holds, j.held)
	}
	last := play{prompt: []int{50, 51}, n: 2, most: 100}
	if got := last.result(t.Context(), t, b); got == "" {
		t.Error("nothing was drawn")
	}
	for _, h := range holds {
		b.scheduler.release(h)
	}
}
