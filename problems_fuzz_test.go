package feedbackgen

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func seedProblems(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("testdata/problems/*.jsonl")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds:", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte(`{"id":"a","prompt":"x"}` + "\n" + `{"id":"a","prompt":"x"}`))
	f.Add([]byte(`{"prompt":[{"role":"user","content":"\ud83d\ude00\u0000\/"}],"answer":-1.5e+3,"meta":{"a":[[],{}]}}`))
}

// Whatever the bytes are: they are taken or refused in one line; what is taken streams, and the
// problems can be trusted to be whole.
func FuzzCheckProblems(f *testing.F) {
	seedProblems(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		set, err := check(context.Background(), string(content))
		if err != nil {
			checkBadInput(t, err)
			return
		}
		problems, err := collect(context.Background(), set)
		if err != nil {
			t.Fatalf("checked, but does not stream: %v", err)
		}
		answered, ids := 0, map[string]bool{}
		for i, p := range problems {
			if p.Index != i || p.ID == "" || ids[p.ID] || len(p.Prompt) == 0 || p.Prompt[len(p.Prompt)-1].Role != RoleUser {
				t.Fatalf("problem %d: %+v", i, p)
			}
			for _, m := range p.Prompt {
				if !utf8.ValidString(m.Content) {
					t.Fatalf("problem %d: %q", i, m.Content)
				}
			}
			if p.Meta != nil && !json.Valid(p.Meta) {
				t.Fatalf("problem %d: meta %s", i, p.Meta)
			}
			ids[p.ID] = true
			if p.HasAnswer() {
				answered++
			}
		}
		if len(problems) == 0 || set.Count != len(problems) || set.Answered != answered {
			t.Fatalf("counted %d (%d answered), streamed %d (%d)", set.Count, set.Answered, len(problems), answered)
		}
	})
}

// The scanner takes nothing that encoding/json refuses, reads every value as it does, and refuses
// more only where two readers could disagree: equal keys, half surrogates, great depth.
func FuzzParseObject(f *testing.F) {
	seedProblems(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		if !utf8.Valid(line) {
			return
		}
		fields, err := parseObject(line, nil)
		var want map[string]json.RawMessage
		wantErr := json.Unmarshal(line, &want)
		if err != nil {
			if _, shape := errors.AsType[*lineError](err); wantErr != nil || shape {
				return
			}
			for _, reason := range []string{"stands twice", "surrogate", "levels deep"} {
				if strings.Contains(err.Error(), reason) {
					return
				}
			}
			t.Fatalf("refused, though encoding/json takes it: %v", err)
		}
		if wantErr != nil {
			t.Fatalf("taken, though encoding/json refuses it: %v", wantErr)
		}
		if len(fields) != len(want) {
			t.Fatalf("%d keys, want %d", len(fields), len(want))
		}
		for _, field := range fields {
			if string(want[string(field.key)]) != string(field.value) {
				t.Fatalf("%q is %s, want %s", field.key, field.value, want[string(field.key)])
			}
			switch field.value[0] {
			case '"':
				var text string
				if err := json.Unmarshal(field.value, &text); err != nil || unquote(field.value) != text {
					t.Fatalf("%s says %q, want %q (%v)", field.value, unquote(field.value), text, err)
				}
			case '[':
				var elements []json.RawMessage
				if err := json.Unmarshal(field.value, &elements); err != nil {
					t.Fatal(err)
				}
				got, err := parseArray(field.value)
				if err != nil || len(got) != len(elements) {
					t.Fatalf("%d elements (%v), want %d", len(got), err, len(elements))
				}
				for i := range got {
					if !reflect.DeepEqual([]byte(elements[i]), got[i]) {
						t.Fatalf("element %d is %s, want %s", i, got[i], elements[i])
					}
				}
			}
		}
	})
}
