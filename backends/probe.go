package backends

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

// Continuer is implemented by backends that know which ways of continuing are worth trying; for
// others that is [Native] alone.
type Continuer interface {
	// Continuations lists the ways, best first. It may ask the server.
	Continuations(ctx context.Context) ([]Continuation, error)
}

// Probe finds out what b can do, by at most about a dozen small calls. What a server refuses it cannot
// do; any other failure ends the probe, because it says nothing about what the server can do.
// Each finding has a line in the notes. b should be able to return fewer samples than asked: one
// that is wrapped in fan-out seems to honour N.
func Probe(ctx context.Context, b Backend) (Capabilities, error) {
	p := &probe{backend: b}
	for _, find := range []func(context.Context) error{
		p.samples, p.entropies, p.seeds, p.schema, p.slots, p.continuation,
	} {
		if err := find(ctx); err != nil {
			return Capabilities{}, err
		}
	}
	return p.found, nil
}

// probe is one run of [Probe].
type probe struct {
	backend Backend
	found   Capabilities
}

func (p *probe) note(format string, args ...any) {
	p.found.Notes = append(p.found.Notes, fmt.Sprintf(format, args...))
}

// lacks reports whether err means that the server does not do what was asked.
func lacks(err error) bool { return errors.Is(err, ErrRefused) || errors.Is(err, ErrConfig) }

const probeSeed = 20_231

// story is a request whose draws at temperature 1 hardly ever coincide.
func story(seed int64, n int) Request {
	return Request{
		Messages: []feedbackgen.Message{feedbackgen.User("Tell me a story about an animal of your choice.")},
		N:        n,
		Sampling: feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 24, Seed: seed},
	}
}

// samples asks for two samples with log-probabilities, and without those if they are refused.
func (p *probe) samples(ctx context.Context) error {
	req := story(probeSeed, 2)
	req.Logprobs = true
	response, err := p.backend.Generate(ctx, req)
	if errors.Is(err, ErrRefused) {
		p.note("logprobs: asking for them is refused (%v)", err)
		req.Logprobs = false
		response, err = p.backend.Generate(ctx, req)
	}
	if err != nil {
		return err
	}
	p.noteSamples(response.Samples)
	for _, s := range response.Samples {
		p.found.Logprobs = p.found.Logprobs || len(s.Logprobs) > 0
		p.found.Reasoning = p.found.Reasoning || s.Thinking != ""
	}
	switch {
	case p.found.Logprobs:
		p.note("logprobs: returned")
	case req.Logprobs:
		p.note("logprobs: asked for, none came")
	}
	if p.found.Reasoning {
		p.note("reasoning: returned apart from the content")
	} else {
		p.note("reasoning: none returned apart from the content")
	}
	return nil
}

// entropies asks, of a server that returns log-probabilities, for those of other likely tokens.
func (p *probe) entropies(ctx context.Context) error {
	if !p.found.Logprobs {
		return nil
	}
	req := story(probeSeed, 1)
	req.Logprobs, req.Entropies = true, true
	sample, err := p.draw(ctx, req)
	switch {
	case lacks(err):
		p.note("entropies: asking for them is refused (%v)", err)
	case err != nil:
		return err
	case sample.Entropies == nil:
		p.note("entropies: none; the likeliest tokens come without their log-probabilities")
	default:
		p.found.Entropies = true
		p.note("entropies: known at each token")
	}
	return nil
}

func (p *probe) noteSamples(samples []Sample) {
	switch {
	case len(samples) < 2:
		p.note("n: asked for 2 samples, got %d; the others are asked for one by one", len(samples))
	case same(samples[0], samples[1]):
		p.note("n: asked for 2 samples, got the same one twice; they are asked for one by one")
	default:
		p.found.N = true
		p.note("n: asked for 2 samples, got 2 different ones")
	}
}

func same(a, b Sample) bool { return a.Text == b.Text && a.Thinking == b.Thinking }

// seeds draws with one seed twice, then with another.
func (p *probe) seeds(ctx context.Context) error {
	first, err := p.draw(ctx, story(probeSeed, 1))
	if err != nil {
		return err
	}
	again, err := p.draw(ctx, story(probeSeed, 1))
	if err != nil {
		return err
	}
	if !same(first, again) {
		p.note("seed: the same seed drew two different samples; runs cannot be repeated but from their log")
		return nil
	}
	other, err := p.draw(ctx, story(probeSeed+1, 1))
	if err != nil {
		return err
	}
	if same(first, other) {
		p.note("seed: another seed drew the same sample; the server does not vary its draws, so several samples are worth one")
		return nil
	}
	p.found.Seed = true
	p.note("seed: the same seed drew the same sample, another seed another")
	return nil
}

// draw is one sample.
func (p *probe) draw(ctx context.Context, req Request) (Sample, error) {
	response, err := p.backend.Generate(ctx, req)
	if err != nil {
		return Sample{}, err
	}
	if len(response.Samples) == 0 {
		return Sample{}, fmt.Errorf("probe: %w: a reply without samples", ErrTransient)
	}
	return response.Samples[0], nil
}

// schema asks for what nobody would write unasked: a greeting as an object with two odd members.
func (p *probe) schema(ctx context.Context) error {
	req := Request{
		Messages: []feedbackgen.Message{feedbackgen.User("Say hello.")},
		N:        1,
		Sampling: feedbackgen.Sampling{TopP: 1, MaxTokens: 48, Seed: probeSeed},
		Schema: json.RawMessage(`{"type":"object","properties":{"odd":{"type":"boolean"},"even":{"type":"boolean"}},` +
			`"required":["odd","even"],"additionalProperties":false}`),
	}
	sample, err := p.draw(ctx, req)
	var reply map[string]bool
	switch {
	case lacks(err):
		p.note("schema: refused (%v)", err)
	case err != nil:
		return err
	case json.Unmarshal([]byte(sample.Text), &reply) != nil || len(reply) != 2:
		p.note("schema: ignored; a schema was given, and %s came", excerpt(sample.Text))
	default:
		p.found.Schema = true
		p.note("schema: kept to")
	}
	return nil
}

// slots asks how much the server does at once.
func (p *probe) slots(ctx context.Context) error {
	slotter, ok := As[Slotter](p.backend)
	if !ok {
		p.note("slots: this kind of server does not tell")
		return nil
	}
	slots, err := slotter.Slots(ctx)
	switch {
	case err != nil:
		return err
	case slots == 0:
		p.note("slots: the server does not tell")
	default:
		p.found.Slots = slots
		p.note("slots: works on %d requests at once", slots)
	}
	return nil
}

// excerpt quotes the beginning of a model's text.
func excerpt(text string) string {
	const most = 60
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return fmt.Sprintf("%q", text)
}
