package feedbackgen

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func opener(content string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }
}

// check reads content as problems.jsonl.
func check(ctx context.Context, content string) (ProblemSet, error) {
	return CheckProblems(ctx, "problems.jsonl", opener(content))
}

func collect(ctx context.Context, set ProblemSet) ([]Problem, error) {
	var problems []Problem
	for p, err := range set.All(ctx) {
		if err != nil {
			return problems, err
		}
		problems = append(problems, p)
	}
	return problems, nil
}

func TestShapesOfProblems(t *testing.T) {
	for _, tt := range []struct {
		file     string
		answered int
		want     []Problem
	}{
		{"own.jsonl", 2, []Problem{
			{ID: "p1", Prompt: []Message{User("What is 2 + 3?")}, Plain: true, Answer: "5"},
			{
				ID: "line-2", Prompt: []Message{User("Half of 3?")}, Plain: true, Answer: "1.50", Verifier: "number",
				Meta: json.RawMessage(`{"source": "hand", "tags": ["easy"]}`),
			},
			{ID: "7", Prompt: []Message{{Role: "system", Content: "Be brief."}, User("Und auf Deutsch: über 😀?\n")}},
			{ID: "p4", Prompt: []Message{User("1+1?"), {Role: "assistant", Content: "2", Thinking: "easy"}, User("Sure?")}},
		}},
		{"gsm8k.jsonl", 2, []Problem{
			{ID: "line-1", Prompt: []Message{User("A box holds 12 pens. Ann buys 6 boxes. How many pens is that?")}, Plain: true, Answer: "72"},
			{ID: "line-2", Prompt: []Message{User("Ben saves 250 a week for 5 weeks. How much?")}, Plain: true, Answer: "1,250"},
		}},
		{"verl.jsonl", 2, []Problem{
			{
				ID: "line-1", Prompt: []Message{User(`What is 6*12? Output the final answer after "####".`)}, Answer: "72",
				Meta: json.RawMessage(`{"data_source":"openai/gsm8k","ability":"math","extra_info":{"split": "train", "index": 0}}`),
			},
			{
				ID: "line-2", Prompt: []Message{User("What is 7*7?")}, Answer: "49",
				Meta: json.RawMessage(`{"data_source":"own","ability":"math","extra_info":{"split": "train", "index": 1}}`),
			},
		}},
		{"windows.jsonl", 0, []Problem{
			{ID: "a", Prompt: []Message{User("One?")}, Plain: true},
			{ID: "line-3", Prompt: []Message{User("Two?")}, Plain: true},
			{ID: "c", Prompt: []Message{User("Three, without a line end?")}, Plain: true},
		}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			path := "testdata/problems/" + tt.file
			set, err := CheckProblems(t.Context(), tt.file, func() (io.ReadCloser, error) { return os.Open(path) })
			if err != nil {
				t.Fatal(err)
			}
			for i := range tt.want {
				tt.want[i].Index = i
			}
			got, err := collect(t.Context(), set)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("%x", sha256.Sum256(content)); set.Digest != want {
				t.Errorf("digest %s, want %s", set.Digest, want)
			}
			if set.Count != len(tt.want) || set.Answered != tt.answered {
				t.Errorf("%d problems, %d answered; want %d, %d", set.Count, set.Answered, len(tt.want), tt.answered)
			}
		})
	}
}

func TestBadInputNamesFileLineAndRemedy(t *testing.T) {
	const (
		everyLine = `every line is one object, such as {"id":"p7","prompt":"..."}`
		message   = `a message is {"role":"user","content":"..."}`
		own       = `put fields of your own under "meta"`
		verl      = `verl's rows are {"data_source","prompt":[...],"reward_model":{"ground_truth":"72"},...}`
	)
	for _, tt := range []struct{ name, line, want string }{
		{"broken JSON", `{"id"}`, `not valid JSON (unexpected '}' after key at column 6): ` + everyLine},
		{"cut off", `{"id":"x","prompt":"what`, `not valid JSON (unexpected end of text): ` + everyLine},
		{"no value", `{"prompt":}`, `not valid JSON (unexpected '}' where a value should be at column 11): ` + everyLine},
		{"comma", `{"prompt":"x",}`, `not valid JSON (unexpected '}' where a key should be at column 15): ` + everyLine},
		{"garbage behind", `{"prompt":"x"} {}`, `not valid JSON (unexpected '{' after the object at column 16): ` + everyLine},
		{"key twice", `{"prompt":"x","prompt":"y"}`, `not valid JSON (key "prompt" stands twice, again at column 15): ` + everyLine},
		{"key twice, escaped", `{"prompt":"x","pr\u006fmpt":"y"}`, `not valid JSON (key "prompt" stands twice, again at column 15): ` + everyLine},
		{"key twice, deep", `{"prompt":"x","meta":{"a":[{"b":1,"b":2}]}}`, `not valid JSON (key "b" stands twice, again at column 35): ` + everyLine},
		{"single quotes", `{'prompt':'x'}`, `not valid JSON (unexpected '\'' where a key should be at column 2): ` + everyLine},
		{"NaN", `{"prompt":"x","answer":NaN}`, `not valid JSON (unexpected 'N' where a value should be at column 24): ` + everyLine},
		{"leading zero", `{"prompt":"x","answer":01}`, `not valid JSON (unexpected '1' after value at column 25): ` + everyLine},
		{"control character", "{\"prompt\":\"x\ty\"}", `not valid JSON (unexpected '\t' in text (write it as an escape) at column 13): ` + everyLine},
		{"half a surrogate", `{"prompt":"\ud83d x"}`, `not valid JSON (half a surrogate pair, which is no character, at column 12): ` + everyLine},
		{"bad escape", `{"prompt":"\x41"}`, `not valid JSON (unexpected 'x' after \ at column 13): ` + everyLine},
		{"too deep", `{"meta":` + strings.Repeat("[", 1000), `not valid JSON (more than 500 levels deep at column 508): ` + everyLine},
		{"broken UTF-8", "{\"prompt\":\"caf\xe9\"}", `not valid UTF-8 at column 15: save the file as UTF-8`},
		{"text", `"hello"`, `text, not an object: ` + everyLine},
		{"number", `72`, `a number, not an object: ` + everyLine},
		{"list", `[{"prompt":"x"}]`, `this looks like a JSON list: make it one object a line, such as with: jq -c '.[]' FILE`},
		{"list over lines", `[`, `this looks like a JSON list: make it one object a line, such as with: jq -c '.[]' FILE`},

		{"no prompt", `{"id":"x"}`, `no "prompt": ` + everyLine},
		{"null prompt", `{"id":"x","prompt":null}`, `no "prompt": ` + everyLine},
		{"empty prompt", `{"prompt":""}`, `"prompt" is empty: ` + everyLine},
		{"blank prompt", `{"prompt":" \n"}`, `"prompt" is empty: ` + everyLine},
		{"no messages", `{"prompt":[]}`, `"prompt" is empty: ` + everyLine},
		{"blank message", `{"prompt":[{"role":"user","content":""}]}`, `"prompt" is empty: ` + everyLine},
		{"prompt of another type", `{"prompt":7}`, `"prompt" is a number, neither text nor a list of messages`},
		{"typo", `{"prompt":"x","anwser":"5"}`, `unknown key "anwser": did you mean "answer"? Fields of your own go under "meta"`},
		{"capital", `{"Prompt":"x"}`, `unknown key "Prompt": did you mean "prompt"? Fields of your own go under "meta"`},
		{"unknown key", `{"prompt":"x","difficulty":"5"}`, `unknown key "difficulty": ` + own},
		{"answer of another type", `{"prompt":"x","answer":["5"]}`, `"answer" is a list, neither text nor a number`},
		{"id of another type", `{"prompt":"x","id":true}`, `"id" is true or false, neither text nor a number`},
		{"empty id", `{"prompt":"x","id":""}`, `"id" is empty: leave it out and the problem is called line-N`},
		{"verifier of another type", `{"prompt":"x","verifier":{}}`, `"verifier" is an object, not text`},
		{"meta of another type", `{"prompt":"x","meta":"y"}`, `"meta" is text, not an object: such as "meta":{"source":"..."}`},

		{"message of another type", `{"prompt":["x"]}`, `message 1 in "prompt": it is text, not an object: ` + message},
		{"no role", `{"prompt":[{"content":"x"}]}`, `message 1 in "prompt": no "role": ` + message},
		{"unknown role", `{"prompt":[{"role":"human","content":"x"}]}`, `message 1 in "prompt": role "human": roles are system, user, assistant and tool`},
		{"no content", `{"prompt":[{"role":"user","content":null}]}`, `message 1 in "prompt": no "content": ` + message},
		{"content in parts", `{"prompt":[{"role":"user","content":[{"type":"text","text":"x"}]}]}`, `message 1 in "prompt": "content" is a list, not text: ` + message},
		{
			"key in message", `{"prompt":[{"role":"user","content":"x","name":"y"}]}`,
			`message 1 in "prompt": unknown key "name": a message has "role", "content" and "thinking"; tool calls are not supported`,
		},
		{
			"assistant last", `{"prompt":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}]}`,
			`the last message in "prompt" is the assistant's: a prompt ends with what the user asks`,
		},

		{
			"GSM8K without mark", `{"question":"x","answer":"5"}`,
			`no "####" with an answer after it in "answer": GSM8K's answers end like "#### 72"; with a bare answer, call the question "prompt"`,
		},
		{
			"GSM8K without answer", `{"question":"x"}`,
			`"question" without "answer": GSM8K's lines are {"question","answer"}; without an answer, call the question "prompt"`,
		},
		{"GSM8K with a number", `{"question":"x","answer":5}`, `"answer" is a number, not text`},
		{"GSM8K with more", `{"question":"x","answer":"#### 5","level":1}`, `unknown key "level": ` + own},
		{"verl without prompt", `{"reward_model":{"ground_truth":"5"}}`, `no "prompt": ` + verl},
		{"verl without reward model", `{"data_source":"x","prompt":"x"}`, `no "ground_truth" in "reward_model": ` + verl},
		{"verl without ground truth", `{"prompt":"x","reward_model":{"ground_turth":"5"}}`, `no "ground_truth" in "reward_model": ` + verl},
		{"verl with a list", `{"prompt":"x","reward_model":{"ground_truth":["5"]}}`, `"ground_truth" is a list, neither text nor a number`},
		{"verl with a text model", `{"prompt":"x","reward_model":"rule"}`, `"reward_model" is text, not an object: ` + verl},

		{"id twice", `{"id":"p3","prompt":"x"}`, `id "p3" is taken by line 3: every problem needs an id of its own, or none (it is then called line-N)`},
		{"id of a line", `{"id":"line-5","prompt":"x"}`, `id "line-5" is taken by line 5: every problem needs an id of its own, or none (it is then called line-N)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			content := "{\"id\":\"p1\",\"prompt\":\"a\"}\n\n{\"id\":\"p3\",\"prompt\":\"b\"}\r\n{\"id\":\"p4\",\"prompt\":\"b\"}\n{\"prompt\":\"b\"}\n\n" + tt.line + "\n"
			_, err := check(t.Context(), content)
			if err == nil {
				t.Fatal("it was taken")
			}
			if want := "problems.jsonl:7: " + tt.want; err.Error() != want {
				t.Errorf("error\n%s\nwant\n%s", err, want)
			}
			checkBadInput(t, err)
		})
	}
}

// checkBadInput fails unless err is a Failure about bad input, on one line, that does not say so twice.
func checkBadInput(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*Failure](err); !ok || !errors.Is(err, ErrInput) {
		t.Errorf("%T is not a Failure that is ErrInput", err)
	}
	if text := err.Error(); strings.Contains(text, ErrInput.Error()) || strings.Contains(text, "\n") {
		t.Errorf("not one plain line: %q", text)
	}
}

func TestNoProblemsAtAll(t *testing.T) {
	for _, content := range []string{"", "\n \n\r\n", "\xef\xbb\xbf"} {
		_, err := check(t.Context(), content)
		if err == nil {
			t.Fatalf("%q was taken", content)
		}
		checkBadInput(t, err)
		if want := `no problems in problems.jsonl: every line is one object, such as {"id":"p7","prompt":"..."}`; err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	missing := func() (io.ReadCloser, error) {
		return nil, &fs.PathError{Op: "open", Path: "problems.jsonl", Err: fs.ErrNotExist}
	}
	_, err := CheckProblems(t.Context(), "problems.jsonl", missing)
	checkBadInput(t, err)
	if want := "problems.jsonl: file does not exist: check the path"; err.Error() != want || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %q, want %q", err, want)
	}

	// A disk that fails in the middle is nobody's bad input.
	broken := errors.New("input/output error")
	_, err = CheckProblems(t.Context(), "problems.jsonl", func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("{\"prompt\":\"x\"}\n{"), failingReader{broken})), nil
	})
	if !errors.Is(err, broken) || errors.Is(err, ErrInput) {
		t.Errorf("error %v", err)
	}
	if want := "problems.jsonl:2: read problems: input/output error"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

func TestLineLength(t *testing.T) {
	fill := func(length int) string {
		line := `{"prompt":""}`
		return line[:11] + strings.Repeat("x", length-len(line)) + line[11:]
	}
	set, err := check(t.Context(), fill(maxLine)+"\r\n"+fill(1<<20)+"\n"+fill(100))
	if err != nil {
		t.Fatal(err)
	}
	problems, err := collect(t.Context(), set)
	if err != nil || len(problems) != 3 || len(problems[0].Prompt[0].Content) != maxLine-13 {
		t.Errorf("%d problems, %v", len(problems), err)
	}
	_, err = check(t.Context(), fill(100)+"\n"+fill(maxLine+1)+"\n")
	if err == nil {
		t.Fatal("a line that is too long was taken")
	}
	checkBadInput(t, err)
	if want := "problems.jsonl:2: the line is longer than 16 MiB: every problem is one line, and ends with a line feed"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

func TestEqualHashesAreNotEqualIDs(t *testing.T) {
	const content = "{\"id\":\"a\",\"prompt\":\"x\"}\n{\"id\":\"b\",\"prompt\":\"x\"}\n{\"prompt\":\"x\"}\n"
	same := func(string) uint64 { return 0 }
	set, err := checkProblems(t.Context(), "problems.jsonl", opener(content), same)
	if err != nil || set.Count != 3 {
		t.Errorf("%d problems, %v", set.Count, err)
	}
	_, err = checkProblems(t.Context(), "problems.jsonl", opener(content+`{"id":"b","prompt":"x"}`), same)
	if err == nil || !strings.HasPrefix(err.Error(), `problems.jsonl:4: id "b" is taken by line 2`) {
		t.Errorf("error %v", err)
	}
}

func TestFileThatChangesUnderARun(t *testing.T) {
	content := "{\"prompt\":\"x\"}\n"
	set, err := CheckProblems(t.Context(), "problems.jsonl", func() (io.ReadCloser, error) { return opener(content)() })
	if err != nil {
		t.Fatal(err)
	}
	content = "{\"prompt\":\"y\"}\n"
	_, err = collect(t.Context(), set)
	if err == nil || err.Error() != "problems.jsonl: the file has changed since it was checked: leave it alone while a run reads it" {
		t.Errorf("error %v", err)
	}
}

func TestReadingStops(t *testing.T) {
	content := strings.Repeat("{\"prompt\":\"x\"}\n", 100)
	ctx, cancel := context.WithCancel(t.Context())
	set, err := check(ctx, content)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, err := range set.All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if seen++; seen == 3 {
			break
		}
	}
	cancel()
	if problems, err := collect(ctx, set); !errors.Is(err, context.Canceled) || len(problems) != 0 {
		t.Errorf("%d problems, %v", len(problems), err)
	}
	if _, err := check(ctx, content); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// Whatever stands in a file in whatever order: the second pass sees what the first has counted, and
// each line gives what it says.
func TestCheckAndStreamAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.String().Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
		var content bytes.Buffer
		var want []Problem
		line := 0
		ids := rapid.SliceOfNDistinct(rapid.IntRange(0, 1<<40), 1, 30, rapid.ID).Draw(t, "ids")
		for _, id := range ids {
			for range rapid.IntRange(0, 2).Draw(t, "blank lines") {
				content.WriteString("  \r\n")
				line++
			}
			line++
			p := Problem{ID: fmt.Sprintf("id-%d", id), Index: len(want), Plain: true, Prompt: []Message{User(texts.Draw(t, "prompt"))}}
			row := map[string]any{"id": p.ID, "prompt": p.Prompt[0].Content}
			if rapid.Bool().Draw(t, "nameless") {
				p.ID = fmt.Sprintf("line-%d", line)
				delete(row, "id")
			}
			switch rapid.IntRange(0, 3).Draw(t, "shape") {
			case 0:
				p.Answer = texts.Draw(t, "answer")
				row["answer"] = p.Answer
			case 1:
				delete(row, "prompt")
				p.Answer = fmt.Sprint(rapid.Int().Draw(t, "answer"))
				row["question"], row["answer"] = p.Prompt[0].Content, texts.Draw(t, "solution")+"#### "+p.Answer+"\n"
			case 2:
				p.Plain = false
				p.Prompt = append([]Message{{Role: "system", Content: rapid.String().Draw(t, "system")}}, p.Prompt...)
				row["prompt"] = p.Prompt
			}
			text, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			content.Write(text)
			content.WriteString(rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "line end"))
			want = append(want, p)
		}
		set, err := check(context.Background(), content.String())
		if err != nil {
			t.Fatal(err)
		}
		got, err := collect(context.Background(), set)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" || set.Count != len(want) {
			t.Fatalf("%d problems (-want +got):\n%s", set.Count, diff)
		}
		// One more of an id that is there, anywhere: refused.
		again := fmt.Sprintf("{\"id\":%q,\"prompt\":\"x\"}\n", rapid.SampledFrom(want).Draw(t, "again").ID)
		if _, err := check(context.Background(), content.String()+again); !errors.Is(err, ErrInput) {
			t.Fatalf("an id was given twice: %v", err)
		}
	})
}

func TestIDSetTakesEveryHashOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOf(rapid.StringN(0, 3, -1)).Draw(t, "ids")
		set := idSet{hash: hashID}
		for i, id := range ids {
			if got, want := set.add(id), slices.Contains(ids[:i], id); got != want {
				t.Fatalf("add(%q) = %v, want %v", id, got, want)
			}
		}
	})
}

// 10 million problems need no more memory than their hashes: at most 16 bytes each.
func TestIDSetIsSmall(t *testing.T) {
	set := idSet{hash: hashID}
	const n = 300_000
	for i := range n {
		if set.add(fmt.Sprintf("p-%d", i)) {
			t.Fatalf("p-%d collides", i)
		}
	}
	slots := 0
	for _, table := range set.tables {
		slots += len(table.slots)
	}
	if perID := float64(slots*8) / n; perID > 16 {
		t.Errorf("%.1f bytes an id", perID)
	}
}
