package backends

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
)

func TestThreePaidRepliesSurviveTheFourthsFailure(t *testing.T) {
	broken := true
	server := &fakeServer{generate: func(_ context.Context, req Request, _ int) (Response, error) {
		if req.Sampling.Seed == 2 && broken {
			return Response{}, failure(ErrTransient, "reset")
		}
		return drawn(req, 1), nil
	}}
	log := newMemoryLog()
	backend := FanOut(Logged(server, log, [32]byte{1}), false)

	if _, err := backend.Generate(t.Context(), ask(0, 4)); !errors.Is(err, ErrTransient) {
		t.Fatalf("got %v, want the fourth's failure", err)
	}
	broken = false
	reply, err := backend.Generate(t.Context(), ask(0, 4))
	if err != nil {
		t.Fatal(err)
	}
	checkDraws(t, reply, 0, 4)
	if _, paid := server.counts(); paid != 4 {
		t.Errorf("%d replies were paid for 4 draws", paid)
	}
}

func TestARefusalIsLoggedAndReplaysAsAnEqualError(t *testing.T) {
	refused := failure(ErrRefused, "the prompt has 9000 tokens, the context 4096")
	refused.Hint = "shorten it"
	for name, err := range map[string]error{
		"plain":      refused,
		"wrapped":    fmt.Errorf("on second thought: %w", refused),
		"a sentinel": ErrRefused,
	} {
		t.Run(name, func(t *testing.T) {
			server := failing(err)
			backend := Logged(server, newMemoryLog(), [32]byte{})
			_, first := backend.Generate(t.Context(), ask(0, 1))
			_, second := backend.Generate(t.Context(), ask(0, 1))
			if !errors.Is(first, ErrRefused) || !errors.Is(second, ErrRefused) {
				t.Fatalf("got %v, then %v, want refusals", first, second)
			}
			if first.Error() != second.Error() {
				t.Errorf("it replays as %q, was %q", second, first)
			}
			if calls, _ := server.counts(); calls != 1 {
				t.Errorf("the server was asked %d times", calls)
			}
		})
	}
}

func TestOtherFailuresAreNotLogged(t *testing.T) {
	for _, kind := range []error{ErrThrottled, ErrLoading, ErrUnavailable, ErrTransient, ErrConfig, ErrBudget, errors.New("unknown")} {
		log := newMemoryLog()
		_, err := Logged(failing(failure(kind, "x")), log, [32]byte{}).Generate(t.Context(), ask(0, 1))
		if !errors.Is(err, kind) || len(log.entries) > 0 {
			t.Errorf("%v: got %v and %d entries", kind, err, len(log.entries))
		}
	}
}

func TestAnEmptyReplyIsNotLogged(t *testing.T) {
	server := &fakeServer{generate: func(context.Context, Request, int) (Response, error) { return Response{}, nil }}
	log := newMemoryLog()
	_, err := Logged(server, log, [32]byte{}).Generate(t.Context(), ask(0, 1))
	if !errors.Is(err, ErrTransient) || len(log.entries) > 0 {
		t.Errorf("got %v and %d entries", err, len(log.entries))
	}
}

func TestADamagedEntryIsAnErrorThatNamesJobAndKey(t *testing.T) {
	server, log := obedient(), newMemoryLog()
	backend := Logged(server, log, [32]byte{})
	if _, err := backend.Generate(t.Context(), ask(0, 1)); err != nil {
		t.Fatal(err)
	}
	for key, entry := range log.entries {
		for name, damage := range map[string]func([]byte) []byte{
			"a flipped bit":  func(b []byte) []byte { b[9] ^= 4; return b },
			"cut off":        func(b []byte) []byte { return b[:len(b)-3] },
			"empty":          func([]byte) []byte { return nil },
			"a new encoding": func(b []byte) []byte { b[0]++; return b },
		} {
			log.entries[key] = Entry{Reply: damage(append([]byte(nil), entry.Reply...))}
			_, err := backend.Generate(t.Context(), ask(0, 1))
			if err == nil || !strings.Contains(err.Error(), "job p7, call "+fmt.Sprintf("%x", key[:8])) {
				t.Errorf("%s: got %v, want an error that names job and key", name, err)
			}
		}
	}
	if calls, _ := server.counts(); calls != 1 {
		t.Errorf("a damaged entry was asked for again: %d calls", calls)
	}
}

func TestNothingAboveSeesAReplyThatIsNotCommitted(t *testing.T) {
	log := newMemoryLog()
	log.fail = errors.New("disk full")
	reply, err := Logged(obedient(), log, [32]byte{}).Generate(t.Context(), ask(0, 1))
	if !errors.Is(err, log.fail) || reply.Samples != nil {
		t.Errorf("got %v and %d samples", err, len(reply.Samples))
	}
}

func TestAnEntryTellsWhatTheCallCost(t *testing.T) {
	log := newMemoryLog()
	if _, err := Logged(obedient(), log, [32]byte{}).Generate(t.Context(), ask(0, 3)); err != nil {
		t.Fatal(err)
	}
	for _, entry := range log.entries {
		if entry.PromptTokens != 7 || entry.Tokens != 6 {
			t.Errorf("the entry says %d and %d tokens, want 7 and 6", entry.PromptTokens, entry.Tokens)
		}
	}
}

// Whoever adds a field to a request has to add it to the key, too: here every field is changed by
// reflection, and each change must change the key, each in its own way.
func TestEveryFieldOfARequestIsInItsKey(t *testing.T) {
	keys := map[Key]string{callKey([32]byte{}, &Request{}): "nothing", callKey([32]byte{1}, &Request{}): "the policy"}
	variants(t, reflect.TypeFor[Request](), func(path string, value reflect.Value) {
		req := value.Interface().(Request)
		key := callKey([32]byte{}, &req)
		if same, seen := keys[key]; seen {
			t.Errorf("changing %s gives the key of changing %s", path, same)
		}
		keys[key] = path
	})
	if len(keys) < 19 {
		t.Errorf("only %d variants of a request were tried", len(keys))
	}
}

func TestEveryFieldOfAPolicyIsInItsKey(t *testing.T) {
	keys := map[[32]byte]bool{PolicyKey(feedbackgen.Policy{}): true}
	variants(t, reflect.TypeFor[feedbackgen.Policy](), func(path string, value reflect.Value) {
		key := PolicyKey(value.Interface().(feedbackgen.Policy))
		if keys[key] {
			t.Errorf("changing %s does not change the key", path)
		}
		keys[key] = true
	})
}

func TestEveryFieldOfAResponseComesBack(t *testing.T) {
	variants(t, reflect.TypeFor[Response](), func(path string, value reflect.Value) {
		want := value.Interface().(Response)
		got, refusal, err := decodeReply(encodeResponse(&want))
		if err != nil || refusal != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v (%v, %v), want %+v", path, got, refusal, err, want)
		}
	})
}

func TestLogprobsKeepTheirBitsAndWhetherThereAreAny(t *testing.T) {
	for _, logprobs := range [][]TokenLogprob{nil, {}, {{"a", math.Inf(-1)}, {"", -0.1}}} {
		want := Response{Samples: []Sample{{Logprobs: logprobs}}}
		got, _, err := decodeReply(encodeResponse(&want))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %#v (%v), want %#v", got, err, want)
		}
	}
}

func TestEntropiesKeepTheirBitsAndWhetherThereAreAny(t *testing.T) {
	for _, entropies := range [][]float64{nil, {}, {0, 1.25}} {
		want := Response{Samples: []Sample{{Text: "other"}, {Entropies: entropies}, {Text: "other"}}}
		got, _, err := decodeReply(encodeResponse(&want))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %#v (%v), want %#v", got, err, want)
		}
	}
}

// Logs of runs from before there were entropies stay readable, and their calls keep their keys.
func TestWhatHasNoEntropiesIsEncodedAsEver(t *testing.T) {
	req := Request{
		Messages: []feedbackgen.Message{feedbackgen.User("2+3?")}, Prefix: "It", Continue: Raw, N: 2, Logprobs: true,
		Sampling: feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 9, Seed: 7},
	}
	const plain = "01047573657204322b333f000249740372617704000000000000f03f000000000000f03f00000000000000000012000e0100"
	if got := hex.EncodeToString(appendRequest(nil, &req)); got != plain {
		t.Errorf("a request is %s", got)
	}
	req.Role = "judge"
	if got := hex.EncodeToString(appendRequest(nil, &req)); got != plain+"056a75646765" {
		t.Errorf("a request with a role is %s", got)
	}
	reply := Response{PromptTokens: 3, Samples: []Sample{{
		Text: "5", Finish: FinishStop, Tokens: 1, Seed: 7, Logprobs: []TokenLogprob{{"5", -0.5}},
	}}}
	if got := hex.EncodeToString(encodeResponse(&reply)); got != "017206010135000473746f70020e020135000000000000e0bfa3e0ca40" {
		t.Errorf("a reply is %s", got)
	}
}

// variants calls visit with a value of type typ for each of its parts, in which only that part is
// not zero.
func variants(t *testing.T, typ reflect.Type, visit func(path string, value reflect.Value)) {
	t.Helper()
	root := reflect.New(typ).Elem()
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		change := func(value any) {
			v.Set(reflect.ValueOf(value).Convert(v.Type()))
			visit(path, root)
		}
		switch v.Kind() {
		case reflect.String:
			change("x")
		case reflect.Int, reflect.Int64:
			change(5)
		case reflect.Float64:
			change(0.5)
		case reflect.Bool:
			change(true)
		case reflect.Struct:
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case reflect.Slice:
			if v.Type().Elem().Kind() == reflect.Uint8 {
				change([]byte("{}"))
				break
			}
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			visit(path, root)
			walk(path+"[0]", v.Index(0))
		default:
			t.Fatalf("%s is a %s, which the encoding does not know", path, v.Kind())
		}
		v.SetZero()
	}
	walk(typ.Name(), root)
}

func FuzzDecodeReply(f *testing.F) {
	reply := drawn(ask(0, 2), 2)
	reply.Samples[0].Logprobs = []TokenLogprob{{"draw", -0.5}}
	whole := encodeResponse(&reply)
	f.Add(whole[:len(whole)-4])
	reply.Samples[1].Entropies = []float64{0.25, 0}
	undecided := encodeResponse(&reply)
	f.Add(undecided[:len(undecided)-4])
	refusal := encodeRefusal(failure(ErrRefused, "no"))
	f.Add(refusal[:len(refusal)-4])
	f.Add([]byte{replyVersion, holdsResponse, 0, 255, 255, 255, 255, 15})
	f.Fuzz(func(t *testing.T, body []byte) {
		// With a right checksum, or nothing would get past it.
		got, refusal, err := decodeReply(appendChecksum(append([]byte(nil), body...)))
		if err != nil {
			return
		}
		again := encodeResponse(&got)
		if refusal != nil {
			again = encodeRefusal(refusal)
		}
		got2, refusal2, err := decodeReply(again)
		if err != nil {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
		if refusal != nil && refusal.Error() != refusal2.Error() {
			t.Fatalf("%q became %q", refusal, refusal2)
		}
		if refusal == nil && !equalBits(got, got2) {
			t.Fatalf("%+v became %+v", got, got2)
		}
	})
}

// equalBits compares by encoding, since NaN is not equal to itself.
func equalBits(a, b Response) bool { return string(encodeResponse(&a)) == string(encodeResponse(&b)) }
