package skill_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/selfplay/skill"
)

func must(t *testing.T, name, description, body string) skill.Skill {
	t.Helper()
	s, err := skill.New(name, description, body)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func set(t *testing.T, names ...string) skill.Set {
	t.Helper()
	var all []skill.Skill
	for _, name := range names {
		all = append(all, must(t, name, "about "+name, "Do "+name+"."))
	}
	s, err := skill.Of(all...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestIDsAreSafeAsPaths(t *testing.T) {
	for name, want := range map[string]string{
		"Check units":        "check-units",
		"  ../../etc/passwd": "etc-passwd",
		"C:\\aux\x00":        "c-aux",
		"über--Größe":        "ber-gr-e",
		"日本語":                "",
		"":                   "",
		"-":                  "",
	} {
		if got, ok := skill.ID(name); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", name, got, ok, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		id, ok := skill.ID(rapid.String().Draw(t, "name"))
		if strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || len(id) > skill.MostID ||
			strings.Contains(id, "--") || ok != (id != "") {
			t.Fatalf("id %q", id)
		}
		if again, _ := skill.ID(id); again != id {
			t.Fatalf("the id of %q is %q", id, again)
		}
	})
}

func TestWhatIsRenderedIsRead(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching("[-:#'\"\\[{}&*!|> \n\ta-z]{0,200}"))
	kept := 0
	rapid.Check(t, func(t *rapid.T) {
		s, err := skill.New(rapid.StringMatching("[a-zA-Z0-9_ -]{0,90}").Draw(t, "name"), text.Draw(t, "description"), text.Draw(t, "body"))
		if err != nil {
			return
		}
		kept++
		got, err := skill.Parse(s.Render())
		if err != nil {
			t.Fatalf("%v\n%s", err, s.Render())
		}
		if got != s {
			t.Fatal(cmp.Diff(s, got))
		}
	})
	if kept < 10 {
		t.Fatalf("only %d skills were valid", kept)
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	for name, file := range map[string]string{
		"no front matter":    "Just text.",
		"unclosed":           "---\nname: a\ndescription: b\n",
		"other fields":       "---\nname: a\ndescription: b\nallowed-tools: Bash\n---\nc\n",
		"name twice":         "---\nname: a\nname: b\ndescription: b\n---\nc\n",
		"name is a path":     "---\nname: ../a\ndescription: b\n---\nc\n",
		"no body":            "---\nname: a\ndescription: b\n---\n \n",
		"no description":     "---\nname: a\n---\nc\n",
		"long description":   "---\nname: a\ndescription: " + strings.Repeat("b", 1025) + "\n---\nc\n",
		"escape sequence":    "---\nname: a\ndescription: b\n---\nc\x1b[2J\n",
		"text runs backward": "---\nname: a\ndescription: b\n---\nc\u202ed\n",
		"too long":           "---\nname: a\ndescription: b\n---\n" + strings.Repeat("c", skill.MostFile),
	} {
		if s, err := skill.Parse([]byte(file)); err == nil {
			t.Errorf("%s: read as %+v", name, s)
		}
	}
}

func TestSetsAreIndependentOfOrder(t *testing.T) {
	a, b := set(t, "one", "two", "three"), set(t, "three", "one", "two")
	if a.Digest() != b.Digest() {
		t.Error("the digest depends on the order")
	}
	if a.Digest() == a.Without("two").Digest() {
		t.Error("the digest does not see a skill go")
	}
	if (skill.Set{}).Digest() != a.Without("one", "two", "three").Digest() {
		t.Error("empty sets differ")
	}
	back, err := skill.ParseFiles(a.Files())
	if err != nil || back.Digest() != a.Digest() {
		t.Errorf("files read back: %v", err)
	}
	if _, err := skill.ParseFiles(map[string][]byte{"elsewhere/SKILL.md": must(t, "one", "b", "c").Render()}); err == nil {
		t.Error("a file in the wrong place is read")
	}
	if _, err := skill.Of(must(t, "one", "b", "c"), must(t, "one", "d", "e")); err == nil {
		t.Error("two skills have one id")
	}
	if _, err := skill.Of(skill.Skill{ID: "../x", Description: "d", Body: "b"}); err == nil {
		t.Error("a skill that New did not make is taken")
	}
}

func TestDigestTellsPartsApart(t *testing.T) {
	a, _ := skill.Of(must(t, "x", "ab", "c"))
	b, _ := skill.Of(must(t, "x", "a", "bc"))
	if a.Digest() == b.Digest() {
		t.Error("the border between description and body is lost")
	}
}

func TestPromptKeepsItsCap(t *testing.T) {
	s := set(t, "one", "two", "three")
	whole, left := s.Prompt(s.Tokens())
	if len(left) != 0 || skill.Tokens(whole) != s.Tokens() {
		t.Errorf("left %v, %d tokens of %d", left, skill.Tokens(whole), s.Tokens())
	}
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(0, 60).Draw(t, "limit")
		text, left := s.Prompt(limit)
		if skill.Tokens(text) > limit {
			t.Fatalf("%d tokens in %d", skill.Tokens(text), limit)
		}
		if got := strings.Count(text, "## ") + len(left); got != s.Len() {
			t.Fatalf("%d of %d skills accounted for", got, s.Len())
		}
	})
	if text, _ := (skill.Set{}).Prompt(100); text != "" {
		t.Errorf("no skills make the prompt %q", text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("---\nname: check-units\ndescription: When a question has units.\n---\n\nConvert first.\n"))
	f.Add([]byte("---\nname: a\ndescription: &a [*a]\n---\nb"))
	f.Add([]byte("---\r\nname: a\r\ndescription: |\r\n  b\r\n---\r\nc"))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := skill.Parse(file)
		if err != nil {
			return
		}
		again, err := skill.Parse(s.Render())
		if err != nil || again != s {
			t.Fatalf("%+v is rendered as %q: %v", s, s.Render(), err)
		}
	})
}

func Example() {
	var set skill.Set
	reply := `{"edits": [{"action": "add", "name": "Check units",
		"description": "When quantities have units.", "body": "Convert all of them first."}]}`
	set, _, err := set.Propose(reply, skill.Rules{})
	fmt.Println(set.Len(), err)
	same, _, err := set.Propose("I would add a skill about units.", skill.Rules{})
	fmt.Println(same.Digest() == set.Digest(), err != nil)
	text, _ := set.Prompt(100)
	fmt.Print(text)
	// Output:
	// 1 <nil>
	// true true
	// ## check-units
	// When quantities have units.
	//
	// Convert all of them first.
}
