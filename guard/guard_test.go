package guard_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/guard/leak"
)

// read makes records as guards see them.
func read(records ...feedbackgen.Record) []*guard.Record {
	var all []*guard.Record
	for _, record := range records {
		line, err := json.Marshal(record)
		if err != nil {
			panic(err) // records are plain data
		}
		r, err := guard.Read(record.Kind(), line)
		if err != nil {
			panic(err)
		}
		all = append(all, r)
	}
	return all
}

// solved is a best path of a problem, right on passes of rollouts draws.
func solved(problem, prompt, text, answer string, passes, rollouts int) feedbackgen.SFT {
	return feedbackgen.SFT{
		Prompt:     feedbackgen.Conversation(feedbackgen.User(prompt)),
		Completion: feedbackgen.Conversation(feedbackgen.Assistant(text)),
		Feedback: feedbackgen.SFTFeedback{
			Provenance: feedbackgen.Provenance{
				Problem: problem, Node: "0.1", Policy: feedbackgen.Policy{Backend: "b", Model: "m", Digest: "d1"},
				ProblemPasses: passes, ProblemRollouts: rollouts,
			},
			Answer: answer, Outcome: feedbackgen.Pass,
		},
	}
}

// A prompt's worked examples state answers, too, and one may be a problem's own by chance: no leak, as long as
// problems of other answers have the same before them. What stands before one problem alone is.
func TestWorkedExamplesAreNoLeak(t *testing.T) {
	shots := "Problem: 2 bags of 10 apples?\nThe answer is 20.\n\nProblem: 3 and 4?\nThe answer is 7.\n\n"
	for name, c := range map[string]struct {
		first, second string
		leaked        bool
	}{
		"the same examples before other answers": {shots + apples, shots + "What is 5 + 8?", false},
		"and the answer behind them":             {shots + apples + " (The answer is 20.)", shots + "What is 5 + 8?", true},
		"examples of its own":                    {shots + apples, "What is 5 + 8?", true},
	} {
		judged, _ := judge(t, guard.Settings{Off: []string{"shortcut"}}, solved("p", c.first, worked, "20", 8, 16), solved("q", c.second, "5 + 8 = 13\nThe answer is 13.", "13", 8, 16))
		if refusal := judged[0].Refusal; (refusal != nil) != c.leaked || c.leaked && refusal.Code != "gold" {
			t.Errorf("%s: %+v", name, refusal)
		}
		if judged[1].Refusal != nil {
			t.Errorf("%s: an innocent record is refused: %+v", name, judged[1].Refusal)
		}
	}
}

// judge asks the standard guards about records, each problem a case.
func judge(t *testing.T, settings guard.Settings, records ...feedbackgen.Record) ([]*guard.Record, *guard.Chain) {
	t.Helper()
	chain, err := guard.Standard(settings)
	if err != nil {
		t.Fatal(err)
	}
	var judged []*guard.Record
	err = chain.Sift(func() iter.Seq2[*guard.Case, error] {
		return func(yield func(*guard.Case, error) bool) {
			var c *guard.Case
			for _, r := range read(records...) {
				if c == nil || c.Problem != r.Problem {
					if c != nil && !yield(c, nil) {
						return
					}
					c = &guard.Case{Problem: r.Problem}
				}
				c.Records = append(c.Records, r)
			}
			if c != nil {
				yield(c, nil)
			}
		}
	}, func(c *guard.Case) error {
		judged = append(judged, c.Records...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return judged, chain
}

const (
	apples  = "Tom has 14 apples and buys 9 more. Then he eats 3 of them. How many apples does he have?"
	worked  = "14 + 9 = 23\n23 - 3 = 20\nThe answer is 20."
	lucky   = "14 + 9 = 25\n25 - 3 = 20\nThe answer is 20."
	guessed = "The answer is 20."
)

// Each guard refuses what it is for, says so in words, and lets it through when it is off.
func TestEachGuardRefusesWhatItIsFor(t *testing.T) {
	current := feedbackgen.Policy{Backend: "b", Model: "m", Digest: "d2"}
	for _, c := range []struct {
		guard, code string
		settings    guard.Settings
		records     []feedbackgen.Record
		reason      string
	}{
		{"difficulty", "retired", guard.Settings{}, []feedbackgen.Record{solved("p", apples, worked, "20", 8, 8)}, "8 of 8 solutions are right"},
		{"difficulty", "hard", guard.Settings{}, []feedbackgen.Record{solved("p", apples, worked, "20", 2, 24)}, "2 of 24"},
		{"difficulty", "undecided", guard.Settings{}, []feedbackgen.Record{solved("p", apples, worked, "20", 1, 2)}, "1 of 2"},
		{"shortcut", "wrong_step", guard.Settings{}, []feedbackgen.Record{solved("p", apples, lucky, "20", 8, 16)}, "right by luck"},
		{"shortcut", "guess", guard.Settings{}, []feedbackgen.Record{solved("p", apples, guessed, "20", 8, 16)}, ""},
		{"shortcut", "few", guard.Settings{Off: []string{"difficulty"}}, []feedbackgen.Record{solved("p", apples, worked, "20", 1, 16)}, "1 of 16"},
		{"duplicate", "near", guard.Settings{}, []feedbackgen.Record{
			solved("p", apples, worked, "20", 8, 16), solved("q", strings.ToUpper(apples), worked, "20", 8, 16),
		}, "a record of problem p"},
		{"duplicate", "exact", guard.Settings{}, []feedbackgen.Record{
			solved("p", apples, worked, "20", 8, 16), solved("p", apples, worked, "20", 8, 16),
		}, "the same as an earlier record"},
		{"leak", "holdout", guard.Settings{Holdout: []leak.Item{{ID: "test-7", Prompt: apples}}}, []feedbackgen.Record{
			solved("p", "Please solve: "+apples, worked, "20", 8, 16),
		}, "test-7"},
		{"leak", "gold", guard.Settings{}, []feedbackgen.Record{solved("p", apples+" (The answer is 20.)", worked, "20", 8, 16)}, "right answer"},
		{"staleness", "other_policy", guard.Settings{Policy: current}, []feedbackgen.Record{solved("p", apples, worked, "20", 8, 16)}, ""},
	} {
		t.Run(c.guard+" "+c.code, func(t *testing.T) {
			judged, chain := judge(t, c.settings, c.records...)
			last := judged[len(judged)-1]
			if last.Refusal == nil || last.Refusal.Guard != c.guard || last.Refusal.Code != c.code || !strings.Contains(last.Refusal.Reason, c.reason) {
				t.Fatalf("refusal %+v, want %s %s with %q", last.Refusal, c.guard, c.code, c.reason)
			}
			for _, r := range judged[:len(judged)-1] {
				if r.Refusal != nil {
					t.Errorf("an innocent record is refused: %+v", r.Refusal)
				}
			}
			for _, report := range chain.Reports() {
				if want := report.Name == c.guard; (report.Refused == 1) != want || report.Codes[c.code] == 1 != want {
					t.Errorf("report of %s: %+v", report.Name, report)
				}
			}
			c.settings.Off = append(c.settings.Off, c.guard)
			if c.guard == "difficulty" {
				c.settings.Off = append(c.settings.Off, "shortcut") // it also minds lone successes
			}
			judged, _ = judge(t, c.settings, c.records...)
			if last := judged[len(judged)-1]; last.Refusal != nil {
				t.Errorf("with %s off it is still refused: %+v", c.guard, last.Refusal)
			}
		})
	}
}

// What a record passed stands in its provenance; what was off does not.
func TestRecordsNameTheGuardsTheyPassed(t *testing.T) {
	for off, want := range map[string]string{
		"":           `"guards":"leak,difficulty,shortcut,duplicate,format"`,
		"difficulty": `"guards":"leak,shortcut,duplicate,format"`,
	} {
		var settings guard.Settings
		if off != "" {
			settings.Off = []string{off}
		}
		judged, _ := judge(t, settings, solved("p", apples, worked, "20", 8, 16))
		line, err := judged[0].Stamped()
		if err != nil || !strings.Contains(string(line), want) || !json.Valid(line) {
			t.Errorf("off %q: %s, %v; want %s", off, line, err, want)
		}
	}
}

// A lucky success in a group loses its advantage; the rest of the group stays as it is.
func TestShortcutsInGroupsLoseTheirAdvantage(t *testing.T) {
	var g feedbackgen.Group
	g.Prompt = feedbackgen.Conversation(feedbackgen.User(apples))
	g.Feedback.Provenance = solved("p", "", "", "", 5, 10).Feedback.Provenance
	for i, text := range []string{worked, lucky, strings.ReplaceAll(worked, "=", "is"), "14 + 9 = 22\n22 - 3 = 19\nThe answer is 19."} {
		reward, outcome := feedbackgen.Real(1), feedbackgen.Pass
		if i == 3 {
			reward, outcome = 0, feedbackgen.Fail
		}
		g.Completions = append(g.Completions, feedbackgen.Conversation(feedbackgen.Assistant(text)))
		g.Rewards, g.Advantages = append(g.Rewards, reward), append(g.Advantages, reward-.75)
		g.Feedback.Answers = append(g.Feedback.Answers, "20")
		g.Feedback.Outcomes = append(g.Feedback.Outcomes, outcome)
		g.Feedback.AnswerEnds = append(g.Feedback.AnswerEnds, len(text))
	}
	judged, _ := judge(t, guard.Settings{}, g)
	if judged[0].Refusal != nil {
		t.Fatalf("the group is refused: %+v", judged[0].Refusal)
	}
	var got feedbackgen.Group
	if err := json.Unmarshal(judged[0].Line, &got); err != nil {
		t.Fatal(err)
	}
	if want := "[0.25 0 0.25 -0.75]"; fmt.Sprint(got.Advantages) != want {
		t.Errorf("advantages %v, want %s", got.Advantages, want)
	}
}

// A record of another policy stays if it was measured again, and its worth is kept.
func TestRemeasuredRecordsStay(t *testing.T) {
	settings := guard.Settings{
		Policy:     feedbackgen.Policy{Backend: "b", Model: "m", Digest: "d2"},
		Remeasured: []guard.Remeasured{{Problem: "p", Passes: 6, Rollouts: 12, Old: -10, New: -10.5}},
	}
	judged, chain := judge(t, settings, solved("p", apples, worked, "20", 16, 16))
	if judged[0].Refusal != nil {
		t.Fatalf("refused: %+v", judged[0].Refusal) // the old pass rate of 1 no longer counts
	}
	if got := string(chain.Files()[guard.RepricedFile]); !strings.Contains(got, `"weight":0.606`) || !strings.Contains(got, `"advantage":0.5`) {
		t.Errorf("%s: %s", guard.RepricedFile, got)
	}
}

// Other people's rows are read as far as they go, and come out as they went in.
func TestForeignRowsAreReadAndStayAsTheyAre(t *testing.T) {
	for line, want := range map[string]string{
		`{"prompt":"2+2?","completion":"4"}`: "4",
		`{"prompt":[{"role":"user","content":"2+2?"}],"completion":[{"role":"assistant","content":"4"}]}`: "4",
		`{"messages":[{"role":"user","content":"2+2?"},{"role":"assistant","content":"4"}]}`:              "4",
		`{"prompt":"2+2?","chosen":"4","rejected":"5","extra":{"a":[1,2]}}`:                               "4|5",
		`{"prompt":"2+2?","completions":["2+2","is 4"],"labels":[true,true]}`:                             "2+2\nis 4",
	} {
		r, err := guard.Read("", []byte(line))
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, text := range r.Texts {
			texts = append(texts, text.Text)
		}
		if got := strings.Join(texts, "|"); got != want || r.Prompt != "2+2?" || r.Problem != "2+2?" {
			t.Errorf("%s: prompt %q, problem %q, texts %q", line, r.Prompt, r.Problem, got)
		}
		if stamped, err := r.Stamped(); err != nil || string(stamped) != line {
			t.Errorf("%s came out as %s, %v", line, stamped, err)
		}
	}
}

// Records that come from a whole tree show guards all that a model said in them, and only right whole
// solutions as something to imitate.
func TestRecordsOfATreeAreRead(t *testing.T) {
	prompt := feedbackgen.Conversation(feedbackgen.User(apples))
	from := feedbackgen.Provenance{Problem: "p1", Node: "0", ProblemPasses: 12, ProblemRollouts: 24}
	advantage := func(text string, outcome feedbackgen.Outcome) feedbackgen.Advantage {
		return feedbackgen.Advantage{
			Prompt: prompt, Completion: feedbackgen.Conversation(feedbackgen.Assistant(text)),
			Feedback: feedbackgen.AdvantageFeedback{Provenance: from, Answer: "20", Outcome: outcome},
		}
	}
	seed := feedbackgen.CorrectionSeed{
		Prompt: prompt, Attempt: feedbackgen.Conversation(feedbackgen.Assistant(guessed)), Sibling: feedbackgen.Conversation(feedbackgen.Assistant(worked)),
		Feedback: feedbackgen.CorrectionSeedFeedback{
			Provenance: from, Attempt: feedbackgen.Side{Outcome: feedbackgen.Fail}, Sibling: feedbackgen.Side{Answer: "20", Outcome: feedbackgen.Pass},
		},
	}
	tree := feedbackgen.Tree{Prompt: prompt, Nodes: []feedbackgen.TreeNode{{Path: "0"}, {Path: "0.0", Step: worked}}}
	for _, tt := range []struct {
		record   feedbackgen.Record
		texts    string
		imitated bool
	}{
		{feedbackgen.Value{Prompt: prompt, Prefix: "14 + 9 = 23\n", Feedback: feedbackgen.ValueFeedback{Provenance: from}}, "14 + 9 = 23\n", false},
		{advantage(worked, feedbackgen.Pass), worked, true},
		{advantage(guessed, feedbackgen.Fail), guessed, false},
		{seed, guessed + "|" + worked, false},
		{tree, "\n" + worked, false},
	} {
		var texts []string
		imitated := false
		for _, text := range read(tt.record)[0].Texts {
			texts = append(texts, text.Text)
			imitated = imitated || text.Imitated
		}
		if got := strings.Join(texts, "|"); got != tt.texts || imitated != tt.imitated {
			t.Errorf("%s: texts %q, imitated %v; want %q, %v", tt.record.Kind(), got, imitated, tt.texts, tt.imitated)
		}
	}
	judged, _ := judge(t, guard.Settings{}, advantage(lucky, feedbackgen.Pass))
	if judged[0].Refusal == nil || judged[0].Refusal.Guard != "shortcut" {
		t.Errorf("advantages of a right answer by false arithmetic: %+v", judged[0].Refusal)
	}
}

// A right solution that only a search found does not make up for one that the policy finds alone.
func TestSearchedSolutionsAreNoIndependentSuccesses(t *testing.T) {
	group := feedbackgen.Group{
		Prompt:      feedbackgen.Conversation(feedbackgen.User(apples)),
		Completions: []feedbackgen.Content{feedbackgen.Conversation(feedbackgen.Assistant(worked)), feedbackgen.Conversation(feedbackgen.Assistant("The answer is 7."))},
		Rewards:     []feedbackgen.Real{1, 0}, Advantages: []feedbackgen.Real{0.5, -0.5},
	}
	group.Feedback.Provenance = feedbackgen.Provenance{Problem: "p1", Node: "0"}
	group.Feedback.Answers, group.Feedback.Outcomes = []string{"20", "7"}, []feedbackgen.Outcome{feedbackgen.Pass, feedbackgen.Fail}
	group.Feedback.AnswerEnds = []int{len(worked), 16}
	other := "First 14 + 9 = 23.\nThen 23 - 3 = 20.\nThe answer is 20."
	searched := feedbackgen.Advantage{Prompt: group.Prompt, Completion: feedbackgen.Conversation(feedbackgen.Assistant(other))}
	searched.Feedback.Provenance, searched.Feedback.Answer, searched.Feedback.Outcome = group.Feedback.Provenance, "20", feedbackgen.Pass
	judged, _ := judge(t, guard.Settings{}, group, searched)
	for _, r := range judged {
		if r.Refusal == nil || r.Refusal.Code != "few" {
			t.Errorf("%s: %+v, with one success that is the policy's own", r.Kind, r.Refusal)
		}
	}
	group.Completions[1], group.Rewards[1] = feedbackgen.Conversation(feedbackgen.Assistant(other)), 1
	group.Feedback.Answers[1], group.Feedback.Outcomes[1], group.Feedback.AnswerEnds[1] = "20", feedbackgen.Pass, len(other)
	judged, _ = judge(t, guard.Settings{}, group, searched)
	for _, r := range judged {
		if r.Refusal != nil {
			t.Errorf("%s: %+v, with two", r.Kind, r.Refusal)
		}
	}
}

func TestBrokenLinesAreNamed(t *testing.T) {
	for name, text := range map[string]string{
		"file.jsonl:2": "{\"prompt\":\"a\",\"completion\":\"b\"}\n{\"prompt\":",
		"file.jsonl:1": "[1,2]\n",
	} {
		var broken error
		for _, err := range guard.Cases("file.jsonl", "", strings.NewReader(text)) {
			broken = err
		}
		if broken == nil || !errors.Is(broken, feedbackgen.ErrInput) || !strings.HasPrefix(broken.Error(), name) {
			t.Errorf("error %v, want bad input at %s", broken, name)
		}
	}
}

func TestUnknownGuardsAreRefused(t *testing.T) {
	if _, err := guard.Standard(guard.Settings{Off: []string{"luck"}}); !errors.Is(err, feedbackgen.ErrInput) {
		t.Errorf("error %v, want bad input", err)
	}
}

// Whatever the line, reading it neither panics nor makes anything up: what is no object is refused.
func FuzzRead(f *testing.F) {
	for _, r := range read(solved("p", apples, worked, "20", 1, 2)) {
		f.Add(r.Line)
	}
	f.Add([]byte(`{"completions":[[{"content":1}],null,"x"],"rewards":[1],"feedback":{"answer_ends":[-5,1e9],"outcomes":["pass"]}}`))
	f.Add([]byte(`{"completion":"abc","feedback":{"segments":[{"role":"answer","end":99}],"problem":3}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := guard.Read("", line)
		if err != nil {
			return
		}
		if !json.Valid(line) {
			t.Fatal("a line that is no JSON is read")
		}
		r.Pass("a guard")
		if stamped, err := r.Stamped(); err == nil && !json.Valid(stamped) {
			t.Fatalf("stamped to no JSON: %s", stamped)
		}
	})
}

// The formats that the format guard tells apart are compared between the sides of pairs; without that guard
// there are none.
func TestAPreferredFormatIsFound(t *testing.T) {
	say := func(text string) feedbackgen.Content {
		return feedbackgen.Conversation(feedbackgen.Assistant(text))
	}
	var pairs []feedbackgen.Record
	for i := range 60 {
		equations := fmt.Sprintf("%d + 5 = %d\n%d * 2 = %d\nThe answer is %d.", i, i+5, i+5, 2*i+10, 2*i+10)
		prose := fmt.Sprintf("He begins with %d of them and then he gets some more.\nAfter that his friend doubles what he has got.\nThe answer is %d.", i, 2*i+9)
		pairs = append(pairs, feedbackgen.Preference{
			Prompt: feedbackgen.Conversation(feedbackgen.User(fmt.Sprintf("Problem %d: how many?", i))), Chosen: say(equations), Rejected: say(prose),
			Feedback: feedbackgen.PreferenceFeedback{
				Provenance: feedbackgen.Provenance{Problem: fmt.Sprint("p", i), ProblemPasses: 8, ProblemRollouts: 16},
				Type:       feedbackgen.PathPair,
			},
		})
	}
	formats := func(off ...string) []guard.FormatBias {
		_, chain := judge(t, guard.Settings{Off: append(off, "duplicate", "shortcut")}, pairs...)
		for _, report := range chain.Reports() {
			if detail, ok := report.Detail.(guard.BiasDetail); ok {
				return detail.Formats
			}
		}
		t.Fatal("no report of biases")
		return nil
	}
	found := formats()
	if len(found) != 2 {
		t.Fatalf("formats %+v, want equations and prose", found)
	}
	for _, f := range found {
		if f.Format == "equations" != (f.Chosen == 60) || f.Chosen+f.Rejected != 60 {
			t.Errorf("%+v", f)
		}
	}
	if none := formats("format"); len(none) > 0 {
		t.Errorf("formats %+v without the guard that tells them apart", none)
	}
}
