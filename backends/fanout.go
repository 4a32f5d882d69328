package backends

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
)

// FanOut makes a backend return exactly the samples asked for: req.N of them, in draw order, draw j
// with the seed Sampling.Seed+j. What a server returns beyond that is cut off.
//
// If native, it asks for all samples in one request and for what is then missing in the next, until
// they are complete; a request that gains nothing is an [ErrTransient]. Otherwise it makes N
// concurrent requests for one sample each.
//
// If some requests fail, it waits for all others first, so that their replies are in the call log
// below, and returns no samples but the error that matters most: one of no known kind (the log
// failed, the run was stopped), then misconfigured, unavailable, budget spent, not ready,
// throttled, transient, refused. Of equals, the first in draw order.
func FanOut(b Backend, native bool) Backend { return fanOut{b, native} }

type fanOut struct {
	Backend
	native bool
}

// Unwrap returns the backend below.
func (f fanOut) Unwrap() Backend { return f.Backend }

// Generate returns exactly req.N samples.
func (f fanOut) Generate(ctx context.Context, req Request) (Response, error) {
	switch {
	case req.N < 1:
		return Response{}, &Error{Failure: feedbackgen.Failure{
			Kind: ErrRefused,
			Op:   "generate", Cause: errors.New("a request needs at least one sample"),
		}}
	case req.N == 1:
		return f.draw(ctx, req, 0, 1)
	case f.native:
		return f.together(ctx, req)
	default:
		return f.apart(ctx, req)
	}
}

// draw asks for n samples from draw number first on, and returns at least one and at most n.
func (f fanOut) draw(ctx context.Context, req Request, first, n int) (Response, error) {
	req.N = n
	req.Sampling.Seed += int64(first)
	reply, err := f.Backend.Generate(ctx, req)
	if err != nil {
		return Response{}, err
	}
	if len(reply.Samples) == 0 {
		return Response{}, noSamples()
	}
	return seeded(reply, n, req.Sampling.Seed), nil
}

// together draws all samples with as few requests as the server lets it.
func (f fanOut) together(ctx context.Context, req Request) (Response, error) {
	var all Response
	for have := 0; have < req.N; have = len(all.Samples) {
		reply, err := f.draw(ctx, req, have, req.N-have)
		if err != nil {
			return Response{}, err
		}
		all.add(reply)
	}
	return all, nil
}

// apart draws each sample with a request of its own.
func (f fanOut) apart(ctx context.Context, req Request) (Response, error) {
	replies := make([]Response, req.N)
	errs := make([]error, req.N)
	var group errgroup.Group // without a context: one failure must not cost the others' replies
	for j := range req.N {
		group.Go(func() error {
			replies[j], errs[j] = f.draw(ctx, req, j, 1)
			return errs[j]
		})
	}
	if group.Wait() != nil {
		return Response{}, worst(errs)
	}
	all := Response{Samples: make([]Sample, 0, req.N)}
	for _, reply := range replies {
		all.add(reply)
	}
	return all, nil
}

// add appends another reply to the same prompt.
func (r *Response) add(other Response) {
	r.Samples = append(r.Samples, other.Samples...)
	r.PromptTokens = max(r.PromptTokens, other.PromptTokens)
}

// seeded is reply with at most n samples and their seeds filled in. It leaves the given samples as
// they are, which may be shared, and copies them only if it must.
func seeded(reply Response, n int, seed int64) Response {
	reply.Samples = reply.Samples[:min(n, len(reply.Samples))]
	copied := false
	for i := range reply.Samples {
		want := seed + int64(i)
		if reply.Samples[i].Seed == want {
			continue
		}
		if !copied {
			reply.Samples, copied = slices.Clone(reply.Samples), true
		}
		reply.Samples[i].Seed = want
	}
	return reply
}

// noSamples is the failure of a server that answered without answering.
func noSamples() error {
	return &Error{Failure: feedbackgen.Failure{
		Kind: ErrTransient,
		Op:   "generate", Cause: errors.New("the server returned no samples"),
	}}
}
