package skill_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/leak"
	"github.com/feedbackgen/feedbackgen/selfplay/skill"
)

func ids(s skill.Set) []string {
	var all []string
	for _, k := range s.Skills() {
		all = append(all, k.ID)
	}
	return all
}

func TestEditsAreApplied(t *testing.T) {
	reply := "```json\n" + `{"edits": [
		{"action": "add", "name": "Four", "description": "d", "body": "b"},
		{"action": "delete", "id": "one"},
		{"action": "merge", "id": "two", "others": ["three"], "description": "both", "body": "as one"},
		{"action": "replace", "id": "four", "description": "new", "body": "text"}
	]}` + "\n```\n"
	before := set(t, "one", "two", "three")
	after, edits, err := before.Propose(reply, skill.Rules{})
	if err != nil || len(edits) != 4 {
		t.Fatalf("%d edits, %v", len(edits), err)
	}
	if got := ids(after); !slices.Equal(got, []string{"four", "two"}) {
		t.Errorf("left are %v", got)
	}
	if k, _ := after.Get("two"); k.Body != "as one" {
		t.Errorf("the merged skill is %+v", k)
	}
	if k, _ := after.Get("four"); k.Description != "new" {
		t.Errorf("the replaced skill is %+v", k)
	}
	if before.Digest() != set(t, "one", "two", "three").Digest() {
		t.Error("the set before has changed")
	}
}

func TestRubbishChangesNothing(t *testing.T) {
	before := set(t, "one", "two")
	good := `{"action": "add", "name": "three", "description": "d", "body": "b"}`
	long := strings.Repeat("word ", 500)
	for name, reply := range map[string]string{
		"prose":                 "I think we should add a skill.",
		"empty":                 "",
		"no edits":              `{}`,
		"null":                  `{"edits": null}`,
		"a list":                `[` + good + `]`,
		"cut off":               `{"edits": [` + good,
		"something after":       `{"edits": [` + good + `]} and so on`,
		"something before":      `Here: {"edits": [` + good + `]}`,
		"unknown field":         `{"edits": [{"action": "delete", "id": "one", "path": "/"}]}`,
		"field of another":      `{"edits": [{"action": "delete", "id": "one", "body": "x"}]}`,
		"unknown action":        `{"edits": [{"action": "append", "id": "one", "body": "x"}]}`,
		"missing field":         `{"edits": [{"action": "replace", "id": "one", "body": "x"}]}`,
		"unknown id":            `{"edits": [{"action": "delete", "id": "nine"}]}`,
		"id as a path":          `{"edits": [{"action": "delete", "id": "../one"}]}`,
		"merge into itself":     `{"edits": [{"action": "merge", "id": "one", "others": ["one"], "description": "d", "body": "b"}]}`,
		"merge with unknown":    `{"edits": [{"action": "merge", "id": "one", "others": ["nine"], "description": "d", "body": "b"}]}`,
		"merge of one":          `{"edits": [{"action": "merge", "id": "one", "others": [], "description": "d", "body": "b"}]}`,
		"taken":                 `{"edits": [{"action": "add", "name": "ONE!", "description": "d", "body": "b"}]}`,
		"no name":               `{"edits": [{"action": "add", "name": "!!", "description": "d", "body": "b"}]}`,
		"good one, then bad":    `{"edits": [` + good + `, {"action": "delete", "id": "nine"}]}`,
		"too many":              `{"edits": [` + strings.Repeat(good+",", skill.MostEdits) + good + `]}`,
		"too long a reply":      `{"edits": [` + good + `]}` + strings.Repeat(" ", skill.MostProposal),
		"skill above its cap":   `{"edits": [{"action": "replace", "id": "one", "description": "d", "body": "` + long + `"}]}`,
		"nothing but spaces":    `{"edits": [{"action": "replace", "id": "one", "description": " ", "body": " "}]}`,
		"deeply nested":         strings.Repeat("[", 100000),
		"hidden control symbol": `{"edits": [{"action": "replace", "id": "one", "description": "d", "body": "a\u001b[2J"}]}`,
	} {
		after, edits, err := before.Propose(reply, skill.Rules{})
		if err == nil || !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%s: error %v", name, err)
			continue
		}
		if after.Digest() != before.Digest() || edits != nil {
			t.Errorf("%s: the set is now %v", name, ids(after))
		}
		if len(err.Error()) > 600 {
			t.Errorf("%s: the message has %d bytes", name, len(err.Error()))
		}
	}
}

func TestCapOfTheWholeSet(t *testing.T) {
	before := set(t, "one", "two")
	rules := skill.Rules{SkillTokens: 100, SetTokens: before.Tokens()}
	if err := rules.Check(before); err != nil {
		t.Fatal(err)
	}
	add := skill.Edit{Action: skill.Add, Name: "three", Description: "d", Body: "b"}
	if after, err := before.Apply([]skill.Edit{add}, rules); err == nil || after.Digest() != before.Digest() {
		t.Errorf("a third skill went in: %v", err)
	}
	swap := []skill.Edit{add, {Action: skill.Delete, ID: "one"}}
	if _, err := before.Apply(swap, rules); err != nil {
		t.Errorf("only the outcome counts: %v", err)
	}
}

func TestNoSkillHoldsAProbe(t *testing.T) {
	probe := "A train leaves the northern harbour at 14:20 with 312 passengers and stops 7 times before it reaches the lighthouse. How many passengers are left?"
	index, err := leak.New(leak.DefaultWords, []leak.Item{{ID: "probe-7", Prompt: probe}})
	if err != nil {
		t.Fatal(err)
	}
	rules := skill.Rules{Held: index}
	var before skill.Set
	for name, body := range map[string]string{
		"verbatim": "For example: " + probe,
		"marked":   "**Q:** " + strings.ToUpper(probe),
	} {
		after, err := before.Apply([]skill.Edit{{Action: skill.Add, Name: "trains", Description: "On trains.", Body: body}}, rules)
		if !errors.Is(err, skill.ErrLeak) || !strings.Contains(err.Error(), "probe-7") || after.Len() != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := before.Apply([]skill.Edit{{
		Action: skill.Add, Name: "trains", Description: "On trains.",
		Body: "Add who gets on and subtract who gets off at each stop.",
	}}, rules); err != nil {
		t.Errorf("a general skill is refused: %v", err)
	}
}

// Whatever edits come, a set keeps its rules, and either all of them happened or none.
func TestAppliedSetsKeepTheRules(t *testing.T) {
	name := rapid.SampledFrom([]string{"one", "two", "three", "four", "../five", ""})
	text := rapid.SampledFrom([]string{"", "short", strings.Repeat("long ", 40), strings.Repeat("x", 3000)})
	edit := rapid.Custom(func(t *rapid.T) skill.Edit {
		return skill.Edit{
			Action: rapid.SampledFrom([]skill.Action{skill.Add, skill.Replace, skill.Delete, skill.Merge}).Draw(t, "action"),
			Name:   name.Draw(t, "name"), ID: name.Draw(t, "id"), Others: rapid.SliceOfN(name, 0, 2).Draw(t, "others"),
			Description: text.Draw(t, "description"), Body: text.Draw(t, "body"),
		}
	})
	start := set(t, "one", "two", "three")
	rules := skill.Rules{SkillTokens: 120, SetTokens: 200}
	rapid.Check(t, func(t *rapid.T) {
		now := start
		for _, e := range rapid.SliceOfN(edit, 1, 10).Draw(t, "edits") {
			e = fitting(e)
			after, err := now.Apply([]skill.Edit{e}, rules)
			if err != nil && after.Digest() != now.Digest() {
				t.Fatalf("%v, and yet it changed", err)
			}
			if err := rules.Check(after); err != nil {
				t.Fatal(err)
			}
			now = after
		}
	})
}

// fitting leaves an edit only the fields of its action.
func fitting(e skill.Edit) skill.Edit {
	if e.Action != skill.Add {
		e.Name = ""
	} else {
		e.ID = ""
	}
	if e.Action != skill.Merge {
		e.Others = nil
	}
	if e.Action == skill.Delete {
		e.Description, e.Body = "", ""
	}
	return e
}

func FuzzParseEdits(f *testing.F) {
	f.Add(`{"edits": []}`)
	f.Add("```json\n{\"edits\": [{\"action\": \"delete\", \"id\": \"one\"}]}\n```")
	f.Add(`{"edits": [{"action": "merge", "id": "a", "others": ["b"], "description": "c", "body": "d"}]}`)
	f.Add(`{"edits": [{"action": "add", "name": "\u0000", "description": "c", "body": "d"}]}`)
	f.Fuzz(func(t *testing.T, reply string) {
		after, edits, err := skill.Set{}.Propose(reply, skill.Rules{})
		if err != nil {
			if after.Len() > 0 || edits != nil {
				t.Fatal("a refused proposal changed the set")
			}
			return
		}
		if len(edits) > skill.MostEdits || after.Len() > len(edits) {
			t.Fatalf("%d edits made %d skills", len(edits), after.Len())
		}
		if back, err := skill.ParseFiles(after.Files()); err != nil || back.Digest() != after.Digest() {
			t.Fatalf("the files do not read back: %v", err)
		}
	})
}

func TestHistoryKeepsEverything(t *testing.T) {
	var h skill.History
	one, two := set(t, "one"), set(t, "two")
	h1, n1, err := h.With(0, 1, []skill.Edit{{Action: skill.Add, Name: "one"}}, one)
	if err != nil || n1 != 1 {
		t.Fatal(n1, err)
	}
	h2, _, _ := h1.With(1, 2, nil, two)
	h3, n3, err := h2.With(1, 3, nil, one) // rolled back
	if err != nil || n3 != 3 {
		t.Fatal(n3, err)
	}
	var got []string
	for _, v := range h3.Versions() {
		got = append(got, fmt.Sprintf("%d<%d@%d:%d", v.Number, v.Parent, v.Round, v.Set.Len()))
		if v.Digest != v.Set.Digest() {
			t.Errorf("version %d has another digest than its set", v.Number)
		}
	}
	if want := "0<0@0:0 1<0@1:1 2<1@2:1 3<1@3:1"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
	if len(h.Versions()) != 1 || len(h1.Versions()) != 2 {
		t.Error("an older history changed")
	}
	if v, ok := h3.Latest(one.Digest()); !ok || v.Number != 3 {
		t.Errorf("the latest is %d", v.Number)
	}
	for _, bad := range [][2]int{{-1, 4}, {4, 4}, {1, 2}} {
		if after, _, err := h3.With(bad[0], bad[1], nil, two); err == nil || len(after.Versions()) != 4 {
			t.Errorf("parent %d, round %d: %v", bad[0], bad[1], err)
		}
	}
}

func scores(n, passed int) []skill.Score {
	return slices.Repeat([]skill.Score{{Passed: passed, Labels: 4}}, n)
}

func TestWhatEarnsNothingIsPrunedOneAtATime(t *testing.T) {
	s := set(t, "harmful", "idle", "useful")
	without := map[string][]skill.Score{"harmful": scores(10, 4), "idle": scores(10, 3), "useful": scores(10, 1)}
	credits, err := skill.LeaveOneOut(s, scores(10, 3), func(id string, rest skill.Set) ([]skill.Score, error) {
		if _, there := rest.Get(id); there || rest.Len() != 2 {
			t.Errorf("without %s there are %v", id, ids(rest))
		}
		return without[id], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		gain float64
		idle bool
	}{{-.25, true}, {0, true}, {.5, false}} {
		if c := credits[i]; c.Gain == nil || c.Gain.Value != want.gain || c.Idle != want.idle {
			t.Errorf("%+v, want %+v", c, want)
		}
	}
	after, pruned := skill.Prune(s, credits)
	if pruned != "harmful" || after.Len() != 2 {
		t.Errorf("pruned %q, left %v", pruned, ids(after))
	}
	if same, pruned := skill.Prune(s, credits[2:]); pruned != "" || same.Len() != 3 {
		t.Errorf("pruned %q", pruned)
	}
}

func TestTooLittleEvidencePrunesNothing(t *testing.T) {
	s := set(t, "one")
	errors := scores(20, 2)
	for i := range errors[skill.LeastTasks-1:] {
		errors[skill.LeastTasks-1+i] = skill.Score{} // the server was down
	}
	credits, err := skill.LeaveOneOut(s, scores(20, 0), func(string, skill.Set) ([]skill.Score, error) { return errors, nil })
	if err != nil {
		t.Fatal(err)
	}
	if c := credits[0]; c.Gain != nil || c.Idle || c.Tasks != skill.LeastTasks-1 {
		t.Errorf("%+v", c)
	}
	if _, pruned := skill.Prune(s, credits); pruned != "" {
		t.Errorf("pruned %q", pruned)
	}
	for _, bad := range [][]skill.Score{scores(3, 1), scores(20, 5)} {
		if _, err := skill.LeaveOneOut(s, scores(20, 0), func(string, skill.Set) ([]skill.Score, error) { return bad, nil }); err == nil {
			t.Errorf("%d scores like %+v are taken", len(bad), bad[0])
		}
	}
}
