package selfplay

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkRemembered searches a memory of a million tasks: half of the searches are for what is there, half
// for what is not.
func BenchmarkRemembered(b *testing.B) {
	const size = 1_000_000
	rng := rand.New(rand.NewPCG(1, 1))
	words := make([]string, 3000)
	for i := range words {
		words[i] = fmt.Sprintf("w%c%c%d", 'a'+rng.IntN(26), 'a'+rng.IntN(26), rng.IntN(1000))
	}
	text := func(rng *rand.Rand) string {
		task := "How many"
		for range 20 {
			task += " " + words[rng.IntN(len(words))]
		}
		return fmt.Sprintf("%s does crate %d of row %d hold?", task, rng.IntN(1000), rng.IntN(50))
	}
	all, err := remember(nil)
	if err != nil {
		b.Fatal(err)
	}
	kept := make([]string, 0, 1000)
	for i := range size {
		task := text(rng)
		all.add(task)
		if i%1000 == 0 {
			kept = append(kept, task)
		}
	}
	i := 0
	for b.Loop() {
		i++
		if i%2 == 0 {
			if all.similarity(kept[i/2%len(kept)]) < near {
				b.Fatal("what is there is not found")
			}
			continue
		}
		all.similarity(text(rng))
	}
}
