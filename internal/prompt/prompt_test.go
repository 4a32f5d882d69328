package prompt_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"text/template"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/internal/prompt"
)

type (
	named  struct{ Name string }
	listed struct {
		named
		Items []named
	}
)

func kit() prompt.Kit {
	return prompt.Kit{
		Shipped: fstest.MapFS{
			"prompts/greet.tmpl":        {Data: []byte("Hello, {{.Name}}.\n")},
			"prompts/list.tmpl":         {Data: []byte("{{.Name}}:{{range .Items}} {{shout .Name}}{{end}}")},
			"prompts/bye.tmpl":          {Data: []byte("Bye.")},
			"prompts/abacus/greet.tmpl": {Data: []byte("hi {{.Name}}")},
		},
		Files: []prompt.File{{"greet.tmpl", named{}}, {"list.tmpl", listed{Items: []named{{}}}}, {"bye.tmpl", struct{}{}}},
		Funcs: template.FuncMap{"shout": strings.ToUpper},
	}
}

func render(t *testing.T, s *prompt.Set, name string, data any) string {
	t.Helper()
	text, err := s.Render(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWhatIsMissingIsTheDefault(t *testing.T) {
	own, err := kit().Load(fstest.MapFS{"bye.tmpl": {Data: []byte("So long.")}, "other.txt": {}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		set  *prompt.Set
		name string
		data any
		want string
	}{
		{own, "greet.tmpl", named{"{{.X}}"}, "Hello, {{.X}}."}, // what is filled in is never a template
		{own, "list.tmpl", listed{named{"two"}, []named{{"a"}, {"b"}}}, "two: A B"},
		{own, "bye.tmpl", struct{}{}, "So long."},
		{kit().Default("gemma"), "bye.tmpl", struct{}{}, "Bye."},
		{kit().Default("gemma"), "greet.tmpl", named{"you"}, "Hello, you."},
		{kit().Default("abacus"), "greet.tmpl", named{"you"}, "hi you"},
		{kit().Default("abacus"), "bye.tmpl", struct{}{}, "Bye."},
	} {
		if got := render(t, tt.set, tt.name, tt.data); got != tt.want {
			t.Errorf("%s: %q, not %q", tt.name, got, tt.want)
		}
	}
}

// What is wrong with a file is said when it is read, with its name and what would be right.
func TestBrokenFilesAreRefused(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"greet.tmpl", "{{", "text/template"},
		{"greet.tmpl", "{{whisper .Name}}", "text/template"},
		{"greet.tmpl", "{{.Items}}", "it knows {{.Name}}"},
		{"list.tmpl", "{{range .Items}}{{.Size}}{{end}}", "it knows {{.Name}}, {{.Items}}"},
		{"bye.tmpl", "{{.Name}}", "it knows nothing"},
	} {
		_, err := kit().Load(fstest.MapFS{tt.name: {Data: []byte(tt.text)}})
		if !errors.Is(err, feedbackgen.ErrInput) || !strings.HasPrefix(fmt.Sprint(err), tt.name+": ") || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%s %q: %v", tt.name, tt.text, err)
		}
	}
}

func TestAFileThatCannotBeReadIsNotReplaced(t *testing.T) {
	_, err := kit().Load(fstest.MapFS{"bye.tmpl": {Mode: fs.ModeDir}})
	if err == nil || !strings.Contains(err.Error(), "bye.tmpl") {
		t.Errorf("%v", err)
	}
}

// Two sets of files have the same digest only if they say the same.
func TestDigestsTellFilesApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"", "a", "aa", "a\x00", "list.tmpl", "\x001\x00a"})
		draw := func(label string) ([2]string, string) {
			texts := [2]string{words.Draw(t, label+" greet"), words.Draw(t, label+" list")}
			s, err := kit().Load(fstest.MapFS{"greet.tmpl": {Data: []byte(texts[0])}, "list.tmpl": {Data: []byte(texts[1])}})
			if err != nil {
				t.Fatal(err)
			}
			return texts, s.Digest()
		}
		a, ofA := draw("a")
		b, ofB := draw("b")
		if (a == b) != (ofA == ofB) {
			t.Fatalf("%q has %s, %q has %s", a, ofA, b, ofB)
		}
	})
}
