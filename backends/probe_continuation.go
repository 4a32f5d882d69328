package backends

import (
	"context"
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

// cut is a sentence to be repeated, cut inside a word at a place where tokens end. Who goes on from
// there writes the rest of the word; who starts an answer, or the next turn, never begins so.
type cut struct{ prefix, rest string }

var cuts = [...]cut{
	{"My favourite flower is the forget-me", "-not"},
	{"The file is called big_red", "_fox.txt"},
}

func (c cut) request(way Continuation) Request {
	ask := "Repeat this sentence, and nothing else: " + c.prefix + c.rest + "."
	return Request{
		Messages: []feedbackgen.Message{feedbackgen.User(ask)},
		Prefix:   c.prefix, Continue: way, N: 1,
		Sampling: feedbackgen.Sampling{TopP: 1, MaxTokens: 8, Seed: probeSeed},
	}
}

// continued reports whether text begins with the rest of the word.
func (c cut) continued(text string) bool { return strings.HasPrefix(text, c.rest) }

// continuation finds the best way to go on from a partial solution.
func (p *probe) continuation(ctx context.Context) error {
	ways := []Continuation{Native}
	if continuer, ok := As[Continuer](p.backend); ok {
		var err error
		if ways, err = continuer.Continuations(ctx); err != nil {
			return err
		}
	}
	p.found.Continuation = None
	tried := map[Continuation][]string{}
	for _, way := range ways {
		texts, err := p.try(ctx, way)
		if err != nil {
			return err
		}
		if texts == nil {
			continue
		}
		tried[way] = texts
		if p.proven(way, texts) {
			p.found.Continuation = way
			return nil
		}
	}
	return p.unproven(ctx, tried)
}

// try continues each cut in the given way; nil if the server refuses.
func (p *probe) try(ctx context.Context, way Continuation) ([]string, error) {
	var texts []string
	for _, c := range cuts {
		sample, err := p.draw(ctx, c.request(way))
		if lacks(err) {
			p.note("%s continuation: refused (%v)", way, err)
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		texts = append(texts, sample.Text)
	}
	return texts, nil
}

// proven reports whether any cut word was completed. One is enough: no answer that starts anew
// begins with the rest of a word, but a small model may well get one wrong.
func (p *probe) proven(way Continuation, texts []string) bool {
	for i, c := range cuts {
		if c.continued(texts[i]) {
			p.note("%s continuation: %q went on with %s", way, c.prefix, excerpt(texts[i]))
			return true
		}
	}
	p.note("%s continuation: %q did not go on, but answered %s", way, cuts[0].prefix, excerpt(texts[0]))
	return false
}

// unproven decides for a model too weak to complete a word. Where both ways give the same text for
// every cut, and it is not what the model says unprompted, both continue. Bare text that the
// server took is continued by construction, whatever the model makes of it. A native way that
// nothing proves is not trusted.
func (p *probe) unproven(ctx context.Context, tried map[Continuation][]string) error {
	raw, native := tried[Raw], tried[Native]
	if raw == nil || echoed(raw) {
		p.note("continuation: none proven; only whole completions can be drawn")
		return nil
	}
	p.found.Continuation = Raw
	if native == nil || !equal(native, raw) {
		p.note("raw continuation: taken, as bare text leaves the server no choice")
		return nil
	}
	fresh := cuts[0].request(None)
	fresh.Prefix = ""
	sample, err := p.draw(ctx, fresh)
	if err != nil {
		return err
	}
	if sample.Text == native[0] {
		p.note("raw continuation: taken; the model says the same with a prefix and without")
		return nil
	}
	p.found.Continuation = Native
	p.note("native continuation: says the same as raw text for %d prefixes, and not what it says without one", len(cuts))
	return nil
}

func equal(a, b []string) bool {
	for i := range a {
		if a[i] == "" || a[i] != b[i] {
			return false
		}
	}
	return true
}

// echoed reports whether any text repeats what it was to continue.
func echoed(texts []string) bool {
	for i, c := range cuts {
		if strings.HasPrefix(strings.TrimSpace(texts[i]), c.prefix) {
			return true
		}
	}
	return false
}
