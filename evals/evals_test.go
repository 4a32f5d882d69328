package evals_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/evals"
	"github.com/feedbackgen/feedbackgen/evals/figure"
	"github.com/feedbackgen/feedbackgen/store"
)

func lines(text string) iter.Seq2[evals.Row, error] {
	return evals.Lines("rows.jsonl", strings.NewReader(text))
}

// A group's outcomes count as the same draws in numbers would; only labels are draws.
func TestGroupsCountAsTheirOutcomes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outcomes := rapid.SliceOfN(rapid.SampledFrom(feedbackgen.Outcomes[:]), 1, 12).Draw(t, "outcomes")
		n, c := 0, 0
		for _, o := range outcomes {
			if o.IsLabel() {
				n++
			}
			if o == feedbackgen.Pass {
				c++
			}
		}
		text, err := json.Marshal(outcomes)
		if err != nil {
			t.Fatal(err)
		}
		groups, err := evals.ReadDraws(lines(fmt.Sprintf(`{"completions":[],"feedback":{"problem":"p","outcomes":%s,"problem_rollouts":99,"problem_passes":1}}`, text)))
		if err != nil {
			t.Fatal(err)
		}
		counts, err := evals.ReadDraws(lines(fmt.Sprintf(`{"problem":"p","n":%d,"c":%d}`, n, c)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(counts.Counts, groups.Counts); diff != "" {
			t.Error(diff)
		}
		if !groups.MixedOnly || counts.MixedOnly {
			t.Error("only a file of groups lacks the problems that are all alike")
		}
	})
}

// Whichever of a run's records come first, a problem counts once.
func TestARunsProblemsCountOnce(t *testing.T) {
	ctx := t.Context()
	run, err := store.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := run.Close(); err != nil {
			t.Error(err)
		}
	}()
	steps := func(problem string) store.Line {
		return store.Line{Kind: feedbackgen.KindStepwise, JSON: fmt.Appendf(nil, `{"feedback":{"problem":%q,"problem_passes":3,"problem_rollouts":4}}`, problem)}
	}
	for i, job := range []store.Job{
		{ID: "easy", Status: store.Done, Records: []store.Line{steps("easy"), steps("easy")}},
		{ID: "mixed", Status: store.Done, Records: []store.Line{steps("mixed"), {
			Kind: feedbackgen.KindGroup, JSON: []byte(`{"completions":["x","y"],"feedback":{"problem":"mixed","outcomes":["pass","fail"],"problem_passes":1,"problem_rollouts":2}}`),
		}}},
		{ID: "silent", Status: store.Done, Counts: feedbackgen.Counts{"difficulty": 1, "difficulty.retired": 1}},
		{ID: "broken", Status: store.Failed},
	} {
		job.Index = i
		if err := run.Finish(ctx, job); err != nil {
			t.Fatal(err)
		}
	}
	draws, err := evals.ReadDraws(evals.Records(ctx, run.Reader, "run.db"))
	if err != nil {
		t.Fatal(err)
	}
	silent, err := evals.FindSilent(ctx, run.Reader)
	if err != nil {
		t.Fatal(err)
	}
	report := evals.EvalPassK(draws.WholeRun(silent), []int{1})
	if report.Problems != 2 || report.Draws != 6 || report.MixedOnly {
		t.Errorf("%d problems with %d draws, want 2 with 6", report.Problems, report.Draws)
	}
	if want := (3.0/4 + 1.0/2) / 2; *report.Points[0].Pass != want {
		t.Errorf("pass@1 is %g, want %g", *report.Points[0].Pass, want)
	}
	if diff := cmp.Diff(evals.Silent{Problems: 1, Difficulty: map[string]int64{"retired": 1}}, report.Silent); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(report.String(), "1 retired") {
		t.Errorf("the table does not say what became of the silent problem:\n%s", report)
	}
	if _, err := evals.ReadTexts(evals.Records(ctx, run.Reader, "run.db", feedbackgen.KindSFT)); !errors.Is(err, feedbackgen.ErrInput) {
		t.Errorf("a run without SFT records: %v", err)
	}
}

// Coverage sets of two models cover the problems, and a model does not gain on itself.
func TestAModelAgainstItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		problems := rapid.IntRange(1, 6).Draw(t, "problems")
		for i := range problems {
			n := rapid.IntRange(0, 6).Draw(t, "n")
			fmt.Fprintf(&text, `{"problem":%d,"n":%d,"c":%d}`+"\n", i, n, rapid.IntRange(0, n).Draw(t, "c"))
		}
		draws, err := evals.ReadDraws(lines(text.String()))
		if err != nil {
			t.Fatal(err)
		}
		pair, err := evals.EvalPassKPair(draws, draws, []int{1, 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range pair.Points {
			if p.Problems+p.Short != problems || math.Abs(p.BaseOnly+p.TunedOnly+p.Both+p.Neither-float64(p.Problems)) > 1e-9 {
				t.Errorf("k=%d: the sets do not add up: %+v", p.K, p.Coverage)
			}
			if p.Gain.Value != nil && *p.Gain.Value != 0 {
				t.Errorf("k=%d: a gain of %g on itself", p.K, *p.Gain.Value)
			}
		}
	})
}

// An outcome that is no label is no answer: it changes counts, never a measure.
func TestInvalidAnswersAreNoPairs(t *testing.T) {
	good := `{"problem":"a","confidence":0.8,"correct":true}
{"problem":"b","confidence":0.6,"correct":false}
`
	measure := func(text string) evals.Calibration {
		answers, err := evals.ReadAnswers(lines(text), evals.ConfidenceFields{})
		if err != nil {
			t.Fatal(err)
		}
		report, err := evals.EvalCalibration(answers, 10)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	plain, mixed := measure(good), measure(good+`{"problem":"c","confidence":0.1,"correct":"invalid"}`+"\n"+`{"problem":"c","confidence":0.1,"correct":"error"}`)
	if diff := cmp.Diff(plain.Kinds, mixed.Kinds); diff != "" {
		t.Error(diff)
	}
	if plain.Unjudged != 0 || mixed.Unjudged != 2 {
		t.Errorf("unjudged: %d and %d, want 0 and 2", plain.Unjudged, mixed.Unjudged)
	}
}

// Rows of one problem are one observation to an interval: copies make it no narrower.
func TestCopiesWithinAProblemAreNoEvidence(t *testing.T) {
	episodes := func(copies int) evals.Correction {
		var text strings.Builder
		for problem, row := range []string{`"first":true,"second":true`, `"first":false,"second":true`, `"first":false,"second":false`, `"first":true,"second":false`} {
			text.WriteString(strings.Repeat(fmt.Sprintf(`{"problem":%d,%s}`+"\n", problem, row), copies))
		}
		read, err := evals.ReadEpisodes(lines(text.String()))
		if err != nil {
			t.Fatal(err)
		}
		return evals.EvalCorrection(read)
	}
	once, often := episodes(1), episodes(20)
	if diff := cmp.Diff(once.Delta, often.Delta); diff != "" {
		t.Error(diff)
	}
	if once.Changed.Value != nil || once.Report.Overall.Changed != nil {
		t.Error("rows without answers say how often the answer changed")
	}
	if *often.Delta.Value != 0 || *often.Mended.Value != 0.5 || *often.Spoilt.Value != 0.5 {
		t.Errorf("delta %v, mended %v, spoilt %v; want 0, 0.5, 0.5", often.Delta, often.Mended, often.Spoilt)
	}
}

func TestGroupsOfCompletions(t *testing.T) {
	texts, err := evals.ReadTexts(lines(`{"prompt":"p","completion":"a b c d"}
{"prompt":"p","completion":"a b c d"}
{"prompt":"q","completions":[[{"role":"user","content":"no"},{"role":"assistant","content":"x y z w"}]],"feedback":{"answers":["4"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	report := evals.EvalDiversity(texts)
	if len(report.Groups) != 2 || report.Single != 1 || report.Corpus.Texts != 3 || report.Corpus.Tokens != 12 {
		t.Fatalf("%d groups, %d single, %d texts with %d tokens", len(report.Groups), report.Single, report.Corpus.Texts, report.Corpus.Tokens)
	}
	if d := report.Means.Distinct1; *d.Value != 0.5 || d.Low != nil {
		t.Errorf("distinct-1 of two equal texts is %v, want 0.500 without an interval", d)
	}
	if report.Groups[0].Answers != nil || report.Groups[1].Answers.Distinct != 1 {
		t.Error("answers are known where the record tells them, and nowhere else")
	}
}

// Whatever is in a file, reading it ends in rows or in an error for people, and what is measured can
// be shown in every way.
func FuzzRows(f *testing.F) {
	for _, seed := range []string{
		`{"problem":"a","n":4,"c":2}`, `{"problem":"a","n":1e999,"c":-0}`, `{"problem":{},"n":null}`, "[]", "{", "\x00",
		`{"completions":["x",[{"role":"assistant"}],null],"feedback":{"problem":1,"outcomes":["pass",true,0],"answers":["1"]}}`,
		`{"confidence":0.5,"correct":1}`, `{"feedback":{"parsed":true,"problem":"p","outcome":"fail","confidence":1,"verdict_confidence":-1,"agreement":0}}`,
		`{"first":true,"second":"abstain"}`, `{"feedback":{"outcomes":["fail","pass"],"answers":[1,2],"problem":"p"}}`,
		"{\"item\":1,\"rater\":\"a\",\"label\":1}\n{\"item\":1,\"rater\":\"b\",\"label\":NaN}\n", "{\"item\":1,\"rater\":\"a\",\"label\":1}\n{\"item\":1,\"rater\":\"b\",\"label\":\"2\"}",
		`{"prompt":"p","chosen":"x","rejected":[{"role":"assistant","content":"y"}],"feedback":{"problem":"p","probability":1.0,"chosen":{"node":"0.1","outcome":"pass"},"rejected":{"node":"0.x","outcome":"fail"}}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shown := func(found interface {
			fmt.Stringer
			Figure() figure.Figure
		},
		) {
			if err := json.NewEncoder(io.Discard).Encode(found); err != nil {
				t.Errorf("no JSON: %v", err)
			}
			if found.String() == "" || len(found.Figure().Series) == 0 {
				t.Error("there is nothing to see")
			}
		}
		forPeople := func(err error) bool {
			if err != nil && !errors.Is(err, feedbackgen.ErrInput) {
				t.Errorf("not bad input: %v", err)
			}
			return err == nil
		}
		if draws, err := evals.ReadDraws(lines(text)); forPeople(err) && len(draws.Problems) < 50 {
			shown(evals.EvalPassK(draws, []int{1, 4}))
		}
		if answers, err := evals.ReadAnswers(lines(text), evals.ConfidenceFields{}); forPeople(err) {
			if report, err := evals.EvalCalibration(answers, 3); forPeople(err) {
				shown(report)
			}
		}
		if texts, err := evals.ReadTexts(lines(text)); forPeople(err) {
			shown(evals.EvalDiversity(texts))
		}
		if episodes, err := evals.ReadEpisodes(lines(text)); forPeople(err) {
			shown(evals.EvalCorrection(episodes))
		}
		if ratings, err := evals.ReadRatings(lines(text)); forPeople(err) {
			if report, err := evals.EvalAgreement(ratings); forPeople(err) {
				shown(report)
			}
		}
		if pairs, err := evals.ReadPreferences(lines(text)); forPeople(err) {
			shown(evals.EvalPairs(pairs, nil))
		}
	})
}
