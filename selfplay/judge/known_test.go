package judge_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/selfplay/judge"
)

// needed is what a right answer to each task that ships cannot do without, and all of which no wrong
// one has. It is no grader of other answers.
var needed = map[string][]string{
	"anchor-fog-oil":          {`(?i)\b4 litres`},
	"anchor-bell-order":       {`(?is)bell.*look.*pin`},
	"anchor-orchard-share":    {`(?i)\b100 crates`},
	"anchor-glass-cooling":    {`(?i)\b18 hours`, `(?i)thicker`},
	"anchor-night-guard":      {`(?i)\bfour\b`, `(?i)\bnine hours`},
	"anchor-founder":          {`(?i)Marit Osken`, `(?i)\b1796\b`},
	"anchor-not-said":         {`(?i)does not (say|give|mention)`},
	"anchor-three-conditions": {`(?i)\bno\b|may not`, `(?i)inspection`},
	"anchor-exception":        {`(?i)into the rose garden`, `(?i)(not into|out of) the fern house`},
	"anchor-tide-table":       {`(?i)07:50`},
	"anchor-bread-weight":     {`(?i)they fit`, `(?i)1,?950 grams`},
	"anchor-two-causes":       {`(?i)\bnest`, `(?i)\boil\b`},
	"anchor-ferry-fare":       {`(?i)\b14 groats`},
	"anchor-rank-change":      {`(?i)ladder`, `(?i)\bseven\b`},
	"anchor-mixing":           {`(?i)\b140 grams`, `(?i)\blast\b`},
	"anchor-vote":             {`(?i)\bno\b|not adopted`, `(?i)\b10\b`},
	"anchor-measure-unit":     {`(?i)1,?420 centimetres`},
	"anchor-who-told-whom":    {`(?i)\bsmith\b.*priest`, `(?i)reeve[^.;]*alarm`},
	"anchor-fish-limits":      {`(?i)\bchar\b`, `(?i)pike is put back`},
	"anchor-colour-code":      {`(?i)\bacid\b`, `(?i)out of use`},
	"anchor-mean-yield":       {`(?i)\b27 kilograms`},
	"anchor-deadline":         {`(?i)\b25 June`},
	"anchor-strings":          {`(?i)\bsilk\b`, `(?i)\b6 (strings|of them)`},
	"anchor-experiment":       {`(?i)Plot B`, `(?i)\b3 centimetres`, `(?i)half`},
}

// meets says whether an answer has all that is needed.
func meets(t *testing.T, id, answer string) bool {
	t.Helper()
	if len(needed[id]) == 0 {
		t.Fatalf("nothing says what %s needs", id)
	}
	for _, pattern := range needed[id] {
		if !regexp.MustCompile(pattern).MatchString(answer) {
			return false
		}
	}
	return true
}

func TestDefaultAnchors(t *testing.T) {
	known := judge.DefaultAnchors()
	if len(known) != len(needed) {
		t.Errorf("%d tasks, of which %d are described", len(known), len(needed))
	}
	for _, k := range known {
		if k.Task.Reference == "" || !meets(t, k.Task.ID, k.Task.Reference) {
			t.Errorf("%s: the reference is not right: %q", k.Task.ID, k.Task.Reference)
		}
		if n := len(k.Task.Rubrics); n < 2 || n > 4 || len(k.Right) != 1 || len(k.Wrong) < 1 {
			t.Errorf("%s: %d rubrics, %d right and %d wrong answers", k.Task.ID, n, len(k.Right), len(k.Wrong))
		}
		if k.Right[0] == k.Task.Reference {
			t.Errorf("%s: the right answer is the reference, word for word", k.Task.ID)
		}
	}
	// The planted ones too: no parrot, and no other task's answer, is right by what it says.
	for _, a := range judge.Anchors(known) {
		if a.Pass() != meets(t, a.Task.ID, a.Answer) {
			t.Errorf("%s: %s answer %q", a.Task.ID, a.Kind, a.Answer)
		}
	}
}

// A judge that knows what is needed agrees with the anchors, and one that never says no does not.
func TestDefaultAnchorsMeasure(t *testing.T) {
	known := judge.DefaultAnchors()[:8] // the rest costs time, and tells nothing more
	anchors := judge.Anchors(known)
	knowing := scripted(func(req backends.Request) (string, error) {
		prompt := req.Messages[0].Content
		if strings.Contains(prompt, "A, B or tie") {
			return "tie", nil
		}
		answer, rubrics := question(req)
		said := make([]bool, len(rubrics))
		for _, k := range known {
			for i := range said {
				said[i] = said[i] || strings.Contains(prompt, k.Task.Text) && meets(t, k.Task.ID, answer)
			}
		}
		return list(said), nil
	})
	i := examine(t, newModel(t, judge.Config{Votes: 1}), knowing, anchors)
	if ok, reason := i.Usable(); !ok || *i.Kappa.Kappa != 1 {
		t.Errorf("a judge that knows: %s, kappa %v", reason, *i.Kappa.Kappa)
	}
	if i.Rates.TPR.Total != 8 || i.Rates.TNR.Total != 8*7 || i.Position.Judged != 8 {
		t.Errorf("rates %+v, position %+v", i.Rates, i.Position)
	}
	yes := examine(t, newModel(t, judge.Config{Votes: 1}), scripted(alwaysYes), anchors)
	if ok, _ := yes.Usable(); ok || *yes.Kappa.Kappa != 0 {
		t.Errorf("always yes: usable %v, kappa %v", ok, *yes.Kappa.Kappa)
	}
}

const line = `{"id":"a","task":"3+4?","rubrics":["Says 7."],"reference":"7","right":["It is 7."],"wrong":["8"]}`

func load(text string) ([]judge.Known, error) {
	return judge.LoadKnown(strings.NewReader(text), "mine.jsonl")
}

func TestLoadKnown(t *testing.T) {
	got, err := load("\xef\xbb\xbf" + line + "\r\n\n" + `{"task":"Say no.","id":"b","right":["no","No, no."],"rubrics":["Says no."]}`)
	want := []judge.Known{
		{Task: judge.Task{ID: "a", Text: "3+4?", Rubrics: []string{"Says 7."}, Reference: "7"}, Right: []string{"It is 7."}, Wrong: []string{"8"}},
		{Task: judge.Task{ID: "b", Text: "Say no.", Rubrics: []string{"Says no."}}, Right: []string{"no", "No, no."}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestLoadKnownTellsWhatIsWrong(t *testing.T) {
	replace := func(old, with string) string {
		if !strings.Contains(line, old) {
			t.Fatalf("%q is not in the line", old)
		}
		return strings.Replace(line, old, with, 1)
	}
	cases := map[string]struct{ text, says string }{
		"no line":            {"\n \n", "mine.jsonl: there are no anchors"},
		"a list":             {`["a"]`, "mine.jsonl:1: not a JSON object"},
		"cut":                {line[:40], `mine.jsonl:1: "rubrics" cannot be read: the line ends too early`},
		"cut before the end": {strings.TrimSuffix(line, "}"), "mine.jsonl:1: not valid JSON: the line ends too early"},
		"two objects":        {line + line, "mine.jsonl:1: something stands after the object"},
		"unknown key":        {replace(`"wrong"`, `"bad"`), `mine.jsonl:1: unknown key "bad"`},
		"key in capitals":    {replace(`"wrong"`, `"Wrong"`), `unknown key "Wrong"`},
		"key twice":          {replace(`"wrong"`, `"right"`), `the key "right" stands twice`},
		"number for text":    {replace(`"7"`, `7`), `"reference" cannot be read`},
		"text for a list":    {replace(`["Says 7."]`, `"Says 7."`), `"rubrics" cannot be read`},
		"not UTF-8":          {replace("It", "\xff"), "mine.jsonl:1: not valid UTF-8"},
		"half an emoji":      {replace("It", `\ud83d`), "a broken character"},
		"no id":              {replace(`"a"`, `" "`), "the id is missing"},
		"no task":            {replace(`3+4?`, ``), "the task is empty"},
		"no rubrics":         {replace(`"Says 7."`, ``), "the task has no rubrics"},
		"empty rubric":       {replace(`"Says 7."`, `null`), "rubric 1 is empty"},
		"no right answer":    {replace(`["It is 7."]`, `null`), "there is no right answer"},
		"empty answer":       {replace(`"8"`, `"8"," "`), "an answer is empty"},
		"long answer":        {replace(`8`, strings.Repeat("8", judge.MaxText+1)), "an answer is longer than 65536 bytes"},
		"right and wrong":    {replace(`"8"`, `"it  is 7."`), "among the right and among the wrong"},
		"twice":              {replace(`"8"`, `"8","8"`), "an answer stands twice"},
		"reference is wrong": {replace(`"8"`, `"7"`), "the reference stands among the wrong answers"},
		"id again":           {line + "\n\n" + line, `mine.jsonl:3: the id "a" stands in line 1 as well`},
		"endless line":       {line + "\n" + strings.Repeat("x", 17<<20), "mine.jsonl:2: the line is longer than 16 MiB"},
	}
	for name, c := range cases {
		known, err := load(c.text)
		if known != nil || !errors.Is(err, feedbackgen.ErrInput) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		var failure *feedbackgen.Failure
		if errors.As(err, &failure) && failure.Hint == "" {
			t.Errorf("%s: no remedy in %v", name, err)
		}
	}
	broken := errors.New("the disk is gone")
	if _, err := judge.LoadKnown(io.MultiReader(strings.NewReader(line+"\n"), iotest.ErrReader(broken)), "mine.jsonl"); !errors.Is(err, broken) || errors.Is(err, feedbackgen.ErrInput) {
		t.Errorf("a disk that is gone: %v", err)
	}
}

// Whatever the bytes are: they are refused in one line that names the file, or every task can be put
// before a judge, and reads the same when written again.
func FuzzLoadKnown(f *testing.F) {
	f.Add([]byte(line))
	f.Add([]byte(line + "\n" + `{"id":"b","task":"x","rubrics":["y"],"right":["\u0000"],"wrong":null}`))
	f.Add([]byte(`{"id":"\ud83d","task":{}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		known, err := judge.LoadKnown(bytes.NewReader(content), "mine.jsonl")
		if err != nil {
			if text := err.Error(); !errors.Is(err, feedbackgen.ErrInput) || !strings.HasPrefix(text, "mine.jsonl:") || strings.Contains(text, "\n") {
				t.Fatalf("%v", err)
			}
			return
		}
		var again bytes.Buffer
		for _, k := range known {
			if err := k.Task.Check(); err != nil || len(k.Right) == 0 {
				t.Fatalf("%+v: %v", k, err)
			}
			line, err := json.Marshal(map[string]any{
				"id": k.Task.ID, "task": k.Task.Text, "rubrics": k.Task.Rubrics, "reference": k.Task.Reference, "right": k.Right, "wrong": k.Wrong,
			})
			if err != nil {
				t.Fatal(err)
			}
			again.Write(append(line, '\n'))
		}
		if len(judge.Anchors(known)) < 4*len(known) {
			t.Fatal("anchors are missing")
		}
		reread, err := judge.LoadKnown(&again, "again.jsonl")
		if diff := cmp.Diff(known, reread); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	})
}

func ExampleLoadKnown() {
	known, err := judge.LoadKnown(strings.NewReader(`{"id":"a","task":"What is 3+4?","rubrics":["Gives 7."],"right":["It is 7."],"wrong":["It is 8."]}`), "mine.jsonl")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, anchor := range judge.Anchors(known)[:3] {
		fmt.Printf("%s: %q\n", anchor.Kind, anchor.Answer)
	}
	// Output:
	// right: "It is 7."
	// wrong: "It is 8."
	// empty: ""
}
