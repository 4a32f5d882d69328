package selfplay_test

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen/selfplay/judge"
)

//go:embed documents/*.md questions.jsonl
var files embed.FS

type question struct {
	ID        string   `json:"id"`
	Document  string   `json:"document"`
	Task      string   `json:"task"`
	Rubrics   []string `json:"rubrics"`
	Reference string   `json:"reference"`
	Quote     string   `json:"quote"`
	Wrong     []string `json:"wrong"`
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func questions(t *testing.T) []question {
	t.Helper()
	var all []question
	lines := bufio.NewScanner(bytes.NewReader(read(t, "questions.jsonl")))
	for lines.Scan() {
		in := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		in.DisallowUnknownFields()
		var q question
		if err := in.Decode(&q); err != nil {
			t.Fatalf("line %d: %v", len(all)+1, err)
		}
		all = append(all, q)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDocumentsAreLong(t *testing.T) {
	entries, err := files.ReadDir("documents")
	if err != nil || len(entries) != 5 {
		t.Fatal(len(entries), err)
	}
	for _, entry := range entries {
		if n := len(strings.Fields(string(read(t, "documents/"+entry.Name())))); n < 1500 {
			t.Errorf("%s has %d words", entry.Name(), n)
		}
	}
}

// Every quote stands once, word for word, in its document, and shows where the answer comes from.
func TestQuotesStandInTheirDocuments(t *testing.T) {
	of := map[string]int{}
	for _, q := range questions(t) {
		of[q.Document]++
		if n := strings.Count(string(read(t, "documents/"+q.Document)), q.Quote); n != 1 || len(q.Quote) < 20 {
			t.Errorf("%s: the quote stands %d times in %s: %q", q.ID, n, q.Document, q.Quote)
		}
	}
	for document, n := range of {
		if n != 8 {
			t.Errorf("%s has %d questions", document, n)
		}
	}
	if len(of) != 5 {
		t.Errorf("questions about %d documents", len(of))
	}
}

// The questions can be anchors: the reference is right, and differs from two wrong answers.
func TestQuestionsCanBeAnchors(t *testing.T) {
	var lines bytes.Buffer
	for _, q := range questions(t) {
		if len(q.Rubrics) < 2 || len(q.Rubrics) > 3 || len(q.Wrong) != 2 {
			t.Errorf("%s: %d rubrics, %d wrong answers", q.ID, len(q.Rubrics), len(q.Wrong))
		}
		line, err := json.Marshal(map[string]any{"id": q.ID, "task": q.Task, "rubrics": q.Rubrics, "reference": q.Reference, "right": []string{q.Reference}, "wrong": q.Wrong})
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	known, err := judge.LoadKnown(&lines, "questions.jsonl")
	if err != nil || len(known) != 40 {
		t.Fatal(len(known), err)
	}
}
