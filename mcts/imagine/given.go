package imagine

import (
	"iter"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/guard/duplicate"
)

// poolSize is how many given problems, the first of the file, others may be combined with.
const poolSize = 1024

// Given is what is known of all given problems: a sketch of each, at most 200 bytes, and the texts of
// the first 1,024. It does not change, and is safe for concurrent use.
type Given struct {
	texts *duplicate.Index
	pool  []partner
}

// partner is a problem to combine another with.
type partner struct{ id, text string }

// Survey reads all given problems. The first error ends it.
func Survey(problems iter.Seq2[feedbackgen.Problem, error]) (*Given, error) {
	texts, err := duplicate.New(duplicate.Default())
	if err != nil {
		return nil, err
	}
	g := &Given{texts: texts}
	key := uint32(0)
	for problem, err := range problems {
		if err != nil {
			return nil, err
		}
		text := textOf(problem)
		g.texts.Add(key, text)
		key++
		if len(g.pool) < poolSize {
			g.pool = append(g.pool, partner{problem.ID, text})
		}
	}
	return g, nil
}

// textOf is what a problem asks: the user's last words.
func textOf(problem feedbackgen.Problem) string {
	return problem.Prompt[len(problem.Prompt)-1].Content
}

// partner draws another problem than the one named, or tells that there is none.
func (g *Given) partner(seed int64, id string, draw int) (partner, bool) {
	at := int(backends.DrawSeed(seed, id, "", "imagine partner", draw) % int64(max(1, len(g.pool))))
	for range min(2, len(g.pool)) { // ids are unique: of two neighbours, one at least is another
		if g.pool[at].id != id {
			return g.pool[at], true
		}
		at = (at + 1) % len(g.pool)
	}
	return partner{}, false
}
