package mock

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// faultless never errs. At temperature 0 it also has only one way to put things.
var faultless = &Model{ErrorRate: -1, NoAnswer: -1, Ramble: -1}

func request(prompt, prefix string, seed int64, n int) backends.Request {
	return backends.Request{
		Messages: []feedbackgen.Message{feedbackgen.User(prompt)}, Prefix: prefix, Continue: backends.Native, N: n,
		Sampling: feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 200, Seed: seed},
	}
}

// greedy is a request at temperature 0.
func greedy(prompt, prefix string) backends.Request {
	req := request(prompt, prefix, 5, 1)
	req.Sampling.Temperature = 0
	return req
}

func generate(t testing.TB, m backends.Backend, req backends.Request) backends.Response {
	t.Helper()
	reply, err := m.Generate(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

func TestTheModelWritesOneStepALine(t *testing.T) {
	reply := generate(t, faultless, greedy("Start with 3. Add 4. Multiply by 2. What is the result?", ""))
	if want := "Step 1: 3 + 4 = 7.\nStep 2: 7 * 2 = 14.\nThe answer is 14."; reply.Samples[0].Text != want {
		t.Errorf("got %q, want %q", reply.Samples[0].Text, want)
	}
}

func TestAFaultlessModelSolvesEveryProblem(t *testing.T) {
	for _, p := range Problems(200, 1) {
		s := generate(t, faultless, request(p.Prompt[0].Content, "", 0, 1)).Samples[0]
		if !strings.HasSuffix(s.Text, "The answer is "+p.Answer+".") || s.Finish != backends.FinishStop {
			t.Errorf("%s: %s\n%s\nwant %s", p.ID, p.Prompt[0].Content, s.Text, p.Answer)
		}
	}
}

func TestProblemsAreEasyHardAndInBetween(t *testing.T) {
	const draws = 200
	var m Model
	rates := map[string][]float64{}
	for i, p := range Problems(25, 3) {
		right := 0
		for _, s := range generate(t, &m, request(p.Prompt[0].Content, "", 0, draws)).Samples {
			if strings.HasSuffix(s.Text, "The answer is "+p.Answer+".") {
				right++
			}
		}
		kind := map[int]string{0: "easy", 4: "hard"}[i%5]
		rates[kind] = append(rates[kind], float64(right)/draws)
	}
	bands := map[string][2]float64{"easy": {0.9, 1}, "hard": {0, 0.1}, "": {0.3, 0.85}}
	for kind, band := range bands {
		for _, rate := range rates[kind] {
			if rate < band[0] || rate > band[1] {
				t.Errorf("a problem of kind %q is solved at a rate of %v, want %v", kind, rate, band)
			}
		}
	}
}

func TestDrawsShareStepsAndEndInAllWays(t *testing.T) {
	var m Model
	first, answers := map[string]int{}, map[string]int{}
	for _, s := range generate(t, &m, request("Start with 3. Add 4. Multiply by 2. Subtract 5. What is the result?", "", 0, 2000)).Samples {
		step, _, _ := strings.Cut(s.Text, "\n")
		first[step]++
		switch {
		case s.Finish == backends.FinishLength:
			answers["truncated"]++
		case !strings.Contains(s.Text, "The answer is"):
			answers["none"]++
		case strings.HasSuffix(s.Text, "The answer is 9."):
			answers["right"]++
		default:
			answers["wrong"]++
		}
	}
	if len(first) != 5 || first["Step 1: 3 + 4 = 7."] < 1000 {
		t.Errorf("first steps: %v, want five, most of them the usual", first)
	}
	for kind, least := range map[string]int{"right": 900, "wrong": 400, "truncated": 15, "none": 15} {
		if answers[kind] < least {
			t.Errorf("%d of 2000 are %s, want at least %d", answers[kind], kind, least)
		}
	}
}

func TestAWrongPrefixLeadsToItsOwnAnswer(t *testing.T) {
	const prompt = "Start with 3. Add 4. Multiply by 2. What is the result?"
	for prefix, want := range map[string]string{
		"Step 1: 3 + 4 = 9.\n":                                       "Step 2: 9 * 2 = 18.\nThe answer is 18.",
		"Step 1: 3 + 4 gives -9.\n":                                  "Step 2: -9 * 2 = -18.\nThe answer is -18.",
		"Step 1: 3 +":                                                " 4 = 7.\nStep 2: 7 * 2 = 14.\nThe answer is 14.",
		"Step 1: 3 + 4 = 7.\nStep 2: 7 * 2 = 14.\nThe":               " answer is 14.",
		"First I add, which makes 5":                                 "\nStep 2: 5 * 2 = 10.\nThe answer is 10.",
		"Step 1: 3 + 4 = 7.\nStep 2: 7 * 2 = 14.\n":                  "The answer is 14.",
		"Step 1: 3 + 4 = 7.\nStep 2: 7 * 2 = 14.\nThe answer is 14.": "",
	} {
		if got := generate(t, faultless, greedy(prompt, prefix)).Samples[0].Text; got != want {
			t.Errorf("%q goes on with %q, want %q", prefix, got, want)
		}
	}
}

func TestTheProblemIsFoundWithinInstructions(t *testing.T) {
	req := request("Think step by step. For example: Start with 9. Add 9. What is the result? 18.\n\nNow: Start with 1. Add 1. What is the result?\nAnswer:", "", 0, 1)
	req.Messages = append([]feedbackgen.Message{{Role: feedbackgen.RoleSystem, Content: "Start with 5. Add 5."}}, req.Messages...)
	if got := generate(t, faultless, req).Samples[0].Text; !strings.HasSuffix(got, "The answer is 2.") {
		t.Errorf("got %q", got)
	}
	if got := generate(t, faultless, request("Who are you?", "", 0, 1)).Samples[0].Text; !strings.HasSuffix(got, "I do not know.") {
		t.Errorf("something else is answered %q", got)
	}
}

// Equal requests get equal replies; n draws are the draws of n seeds; limits and stop strings only
// cut; log-probabilities belong to the tokens that there are.
func TestADrawDependsOnTextAndSeedAlone(t *testing.T) {
	problems := Problems(20, 7)
	rapid.Check(t, func(t *rapid.T) {
		var m Model
		req := request(rapid.SampledFrom(problems).Draw(t, "problem").Prompt[0].Content, "", rapid.Int64Range(0, 1000).Draw(t, "seed"), 3)
		req.Sampling.Temperature = feedbackgen.Real(rapid.SampledFrom([]float64{0, 0.5, 1, 1.3}).Draw(t, "temperature"))
		whole, err := m.Generate(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := m.Generate(context.Background(), req); !reflect.DeepEqual(again, whole) {
			t.Fatalf("got %v, then %v", whole, again)
		}
		single := req
		single.N, single.Sampling.Seed = 1, req.Sampling.Seed+2
		if got, _ := m.Generate(context.Background(), single); !reflect.DeepEqual(got.Samples[0], whole.Samples[2]) {
			t.Fatalf("draw 2 is %+v alone, %+v among others", got.Samples[0], whole.Samples[2])
		}
		cut := single
		cut.Logprobs = true
		cut.Sampling.MaxTokens = rapid.IntRange(1, 60).Draw(t, "max tokens")
		cut.Sampling.Stop = rapid.SampledFrom([][]string{nil, {"\n"}, {"= 1", "Step 2"}}).Draw(t, "stop")
		got, _ := m.Generate(context.Background(), cut)
		s := got.Samples[0]
		if !strings.HasPrefix(whole.Samples[2].Text, s.Text) {
			t.Fatalf("%q is no beginning of %q", s.Text, whole.Samples[2].Text)
		}
		if s.Tokens > cut.Sampling.MaxTokens || len(s.Logprobs) != s.Tokens || s.Finish == backends.FinishLength && s.Tokens != cut.Sampling.MaxTokens {
			t.Fatalf("%d tokens and %d logprobs of at most %d, finish %s", s.Tokens, len(s.Logprobs), cut.Sampling.MaxTokens, s.Finish)
		}
		text := ""
		for _, token := range s.Logprobs {
			text += token.Token
			if token.Logprob > 0 || math.IsNaN(token.Logprob) {
				t.Fatalf("%q has log-probability %v", token.Token, token.Logprob)
			}
		}
		if text != s.Text {
			t.Fatalf("the tokens are %q, the text %q", text, s.Text)
		}
	})
}

// A completion cut anywhere can be continued to an answer.
func TestAnyPrefixIsContinuedToTheEnd(t *testing.T) {
	problems := Problems(20, 9)
	rapid.Check(t, func(t *rapid.T) {
		m := Model{NoAnswer: -1, Ramble: -1}
		req := request(rapid.SampledFrom(problems).Draw(t, "problem").Prompt[0].Content, "", rapid.Int64Range(0, 1000).Draw(t, "seed"), 1)
		whole, _ := m.Generate(context.Background(), req)
		text := whole.Samples[0].Text
		req.Prefix = text[:rapid.IntRange(0, len(text)).Draw(t, "cut")]
		rest, _ := m.Generate(context.Background(), req)
		all := req.Prefix + rest.Samples[0].Text
		_, answer, found := strings.Cut(all, "The answer is ")
		if _, err := strconv.Atoi(strings.TrimSuffix(answer, ".")); !found || err != nil || strings.Count(all, "\n") != strings.Count(text, "\n") {
			t.Fatalf("%q goes on to %q", req.Prefix, all)
		}
	})
}

func TestGreedyDrawsAreAllTheSame(t *testing.T) {
	req := request("Start with 3. Add 4. Multiply by 2. What is the result?", "", 0, 20)
	req.Sampling.Temperature = 0
	for _, s := range generate(t, &Model{}, req).Samples {
		if want := "Step 1: 3 + 4 = 7.\nStep 2: 7 * 2 = 14.\nThe answer is 14."; s.Text != want {
			t.Fatalf("got %q", s.Text)
		}
	}
}

func TestTheModelLeavesWithItsContext(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := (&Model{}).Generate(ctx, request("", "", 0, 1)); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

func TestProblemsAreWrittenAsLines(t *testing.T) {
	var out bytes.Buffer
	problems := Problems(5, 2)
	if err := WriteProblems(&out, problems); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(&out)
	for _, p := range problems {
		var line struct{ ID, Prompt, Answer string }
		if !lines.Scan() || json.Unmarshal(lines.Bytes(), &line) != nil || line.ID != p.ID || line.Prompt != p.Prompt[0].Content || line.Answer != p.Answer {
			t.Errorf("%s is written as %s", p.ID, lines.Text())
		}
	}
	if !reflect.DeepEqual(Problems(3, 2), problems[:3]) || reflect.DeepEqual(Problems(5, 1), problems) {
		t.Error("problems depend on their number, or not on the seed")
	}
}

func TestASumReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sum{start: rapid.IntRange(-99, 99).Draw(t, "start")}
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			s.ops = append(s.ops, operation{rapid.SampledFrom([]byte("+-*")).Draw(t, "sign"), rapid.IntRange(0, 999).Draw(t, "operand")})
		}
		if got, ok := parseSum("Please. " + s.String() + " Thanks."); !ok || !reflect.DeepEqual(got, s) {
			t.Fatalf("%q is read as %v", s, got)
		}
	})
}

func FuzzModel(f *testing.F) {
	f.Add("Start with 3. Add 4. What is the result?", "Step 1: 3 + 4 = -", 0.0)
	f.Add("Start with -1. Multiply by 99999999. Multiply by 9. Add ", "The answer is .\n\n", 1.0)
	f.Fuzz(func(t *testing.T, prompt, prefix string, temperature float64) {
		req := request(prompt, prefix, 1, 2)
		req.Sampling.Temperature = feedbackgen.Real(temperature)
		for _, s := range generate(t, &Model{}, req).Samples {
			if s.Tokens > 200 {
				t.Fatalf("%d tokens", s.Tokens)
			}
		}
	})
}

func BenchmarkModel(b *testing.B) {
	b.ReportAllocs()
	var m Model
	for i := 0; b.Loop(); i++ {
		generate(b, &m, request("Start with 3. Add 4. Multiply by 2. Subtract 5. What is the result?", "", int64(i), 1))
	}
}

func ExampleModel() {
	problem := Problems(2, 1)[1]
	model := &Model{}
	reply, err := model.Generate(context.Background(), backends.Request{
		Messages: problem.Prompt, N: 1,
		Sampling: feedbackgen.Sampling{Temperature: 1, TopP: 1, MaxTokens: 100, Seed: 4},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(problem.Prompt[0].Content)
	fmt.Println(reply.Samples[0].Text)
	// Output:
	// Start with 20. Multiply by 6. Add 8. What is the result?
	// Step 1: 20 * 6 = 120.
	// Step 2: 120 + 8 = 128.
	// The answer is 128.
}
