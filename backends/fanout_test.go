package backends

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.uber.org/goleak"
)

func TestFanOutReturnsExactlyTheDrawsAskedFor(t *testing.T) {
	defer goleak.VerifyNone(t)
	servers := map[string]func(req Request) int{
		"obeys n":        func(req Request) int { return req.N },
		"ignores n":      func(Request) int { return 1 },
		"returns fewer":  func(req Request) int { return (req.N + 1) / 2 },
		"returns more":   func(req Request) int { return req.N + 3 },
		"returns twenty": func(Request) int { return 20 },
	}
	for name, samples := range servers {
		for _, native := range []bool{true, false} {
			for _, n := range []int{1, 2, 7} {
				t.Run(fmt.Sprintf("%s/native=%v/n=%d", name, native, n), func(t *testing.T) {
					server := &fakeServer{generate: func(_ context.Context, req Request, _ int) (Response, error) {
						reply := drawn(req, samples(req))
						for i := range reply.Samples {
							reply.Samples[i].Seed = 0 // as servers do, which do not tell it
						}
						return reply, nil
					}}
					reply, err := FanOut(server, native).Generate(t.Context(), ask(100, n))
					if err != nil {
						t.Fatal(err)
					}
					checkDraws(t, reply, 100, n)
				})
			}
		}
	}
}

func checkDraws(t *testing.T, reply Response, seed int64, n int) {
	t.Helper()
	if len(reply.Samples) != n {
		t.Fatalf("got %d samples, want %d", len(reply.Samples), n)
	}
	for j, s := range reply.Samples {
		want := seed + int64(j)
		if s.Seed != want || s.Text != fmt.Sprintf("draw %d", want) {
			t.Errorf("sample %d is %q of seed %d, want the draw of seed %d", j, s.Text, s.Seed, want)
		}
	}
	if reply.PromptTokens != 7 {
		t.Errorf("the prompt has %d tokens, want 7, counted once", reply.PromptTokens)
	}
}

func TestFanOutAsksNativelyForAllThatIsMissing(t *testing.T) {
	server := &fakeServer{generate: func(_ context.Context, req Request, _ int) (Response, error) {
		return drawn(req, min(req.N, 3)), nil
	}}
	if _, err := FanOut(server, true).Generate(t.Context(), ask(10, 8)); err != nil {
		t.Fatal(err)
	}
	var asked []string
	for _, req := range server.paid {
		asked = append(asked, fmt.Sprintf("%d from %d", req.N, req.Sampling.Seed))
	}
	if got, want := fmt.Sprint(asked), "[8 from 10 5 from 13 2 from 16]"; got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
}

func TestFanOutGivesUpOnAReplyThatGainsNothing(t *testing.T) {
	for _, native := range []bool{true, false} {
		server := &fakeServer{generate: func(_ context.Context, req Request, times int) (Response, error) {
			if req.Sampling.Seed == 2 {
				return Response{}, nil
			}
			return drawn(req, 2), nil
		}}
		_, err := FanOut(server, native).Generate(t.Context(), ask(0, 4))
		if !errors.Is(err, ErrTransient) {
			t.Errorf("native=%v: got %v, want a transient failure", native, err)
		}
	}
}

func TestFanOutWaitsForAllAndReturnsWhatMattersMost(t *testing.T) {
	defer goleak.VerifyNone(t)
	full := errors.New("disk full")
	wrong := map[int64]error{
		0: failure(ErrRefused, "no"),
		1: failure(ErrTransient, "reset"),
		2: failure(ErrBudget, "spent"),
		3: failure(ErrUnavailable, "gone"),
		4: failure(ErrConfig, "no such model"),
		5: full,
	}
	for most := range int64(len(wrong)) {
		server := &fakeServer{generate: func(_ context.Context, req Request, _ int) (Response, error) {
			if seed := req.Sampling.Seed; seed <= most {
				return Response{}, wrong[seed]
			}
			return drawn(req, 1), nil
		}}
		reply, err := FanOut(server, false).Generate(t.Context(), ask(0, 9))
		if !errors.Is(err, wrong[most]) {
			t.Errorf("got %v, want %v", err, wrong[most])
		}
		if len(reply.Samples) > 0 {
			t.Errorf("an error came with %d samples", len(reply.Samples))
		}
		if calls, paid := server.counts(); calls != 9 || paid != 8-int(most) {
			t.Errorf("%d calls and %d replies, want all 9 made", calls, paid)
		}
	}
}

func TestFanOutRefusesToDrawNothing(t *testing.T) {
	if _, err := FanOut(obedient(), true).Generate(t.Context(), ask(0, 0)); !errors.Is(err, ErrRefused) {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestFanOutLeavesSharedSamplesAlone(t *testing.T) {
	canned := Response{Samples: []Sample{{Text: "a"}, {Text: "b"}}}
	server := &fakeServer{generate: func(context.Context, Request, int) (Response, error) { return canned, nil }}
	reply, err := FanOut(server, true).Generate(t.Context(), ask(5, 1))
	if err != nil {
		t.Fatal(err)
	}
	if canned.Samples[0].Seed != 0 || reply.Samples[0].Seed != 5 {
		t.Errorf("the server's own sample has seed %d, the reply's %d", canned.Samples[0].Seed, reply.Samples[0].Seed)
	}
}

func TestOneDrawCostsNoAllocation(t *testing.T) {
	reply := drawn(ask(3, 1), 1)
	server := FanOut(instant{reply}, false)
	req := ask(3, 1)
	if got := testing.AllocsPerRun(100, func() {
		if _, err := server.Generate(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}); got > 0 {
		t.Errorf("a single draw allocates %v times", got)
	}
}

func TestOfEqualFailuresTheFirstIsReturned(t *testing.T) {
	first, second := failure(ErrRefused, "first"), failure(ErrRefused, "second")
	for _, errs := range [][]error{{nil, first, second}, {first, nil, second}} {
		if got := worst(errs); !errors.Is(got, first) {
			t.Errorf("got %v", got)
		}
	}
	if got := worst([]error{nil, nil}); got != nil {
		t.Errorf("no failures: got %v", got)
	}
}
