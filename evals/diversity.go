package evals

import (
	"fmt"
	"iter"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen/evals/figure"
	"github.com/feedbackgen/feedbackgen/measure/diversity"
)

const diversityHint = `a row is {"problem":"p1","completion":"..."}, {"problem":"p1","completions":["...","..."]}, or a group of groups.jsonl`

// vendiSeed draws the texts of the Vendi score where there are too many.
const vendiSeed = 1

// Texts are completions, by problem or prompt.
type Texts struct {
	groups byProblem[text]
	// Groups says that they are feedbackgen's groups, which only problems with right and wrong draws have.
	Groups bool
	// Alone says that some rows name neither problem nor prompt, and stand for themselves.
	Alone bool
}

type text struct {
	completion, answer string
	answered           bool
}

// ReadTexts reads completions: one a row ("completion"), or several ("completions"), as text or as
// conversations. Rows of one problem, else of one prompt, are one group.
func ReadTexts(rows iter.Seq2[Row, error]) (Texts, error) {
	var t Texts
	number := 0
	for row, err := range rows {
		if err != nil {
			return Texts{}, err
		}
		number++
		if err := t.add(row.asking(diversityHint), number); err != nil {
			return Texts{}, err
		}
	}
	return t, nil
}

func (t *Texts) add(row Row, number int) error {
	group, ok := row.problem()
	if !ok && row.has("prompt") {
		group, ok = row.at("prompt").Raw, true
	}
	if !ok {
		group, t.Alone = fmt.Sprintf("row %d", number), true
	}
	if completions := row.at("completions"); row.has("completions") {
		if !completions.IsArray() {
			return row.bad(`"completions" is %s, not a list`, kindOf(completions))
		}
		answers := row.at("feedback.answers").Array()
		t.Groups = t.Groups || row.has("feedback.outcomes")
		for i, value := range completions.Array() {
			one := text{completion: completion(value)}
			if i < len(answers) {
				one.answer, one.answered = answers[i].String(), answers[i].String() != ""
			}
			t.groups.add(group, one)
		}
		return nil
	}
	if !row.has("completion") {
		return row.missing("completion")
	}
	answer := row.at("feedback.answer").String()
	t.groups.add(group, text{completion: completion(row.at("completion")), answer: answer, answered: answer != ""})
	return nil
}

// Diversity is how much completions differ, within each problem's group and over all.
type Diversity struct {
	Corpus diversity.Report `json:"corpus"`
	// Groups are in the order in which they first appear.
	Groups []GroupDiversity `json:"groups"`
	// Means are over the groups in which a measure is defined and that have at least two texts.
	Means DiversityMeans `json:"means"`
	// Single groups have less than two texts, and are in no mean.
	Single int      `json:"single_groups"`
	Notes  []string `json:"notes"`
}

// GroupDiversity is one group's. Answers is null where no completion tells its answer.
type GroupDiversity struct {
	Problem string `json:"problem"`
	diversity.Report
	Answers *diversity.Classes `json:"answers"`
}

// DiversityMeans are means over groups, with intervals by group.
type DiversityMeans struct {
	Groups           int      `json:"groups"`
	Texts            Estimate `json:"texts"`
	Distinct1        Estimate `json:"distinct_1"`
	Distinct2        Estimate `json:"distinct_2"`
	Distinct3        Estimate `json:"distinct_3"`
	Distinct4        Estimate `json:"distinct_4"`
	NGrams           Estimate `json:"ngram_diversity"`
	SelfBLEU         Estimate `json:"self_bleu"`
	Compression      Estimate `json:"compression_ratio"`
	Vendi            Estimate `json:"vendi"`
	Answers          Estimate `json:"distinct_answers"`
	EffectiveAnswers Estimate `json:"effective_answers"`
}

// EvalDiversity measures completions.
func EvalDiversity(t Texts) Diversity {
	d := Diversity{Groups: []GroupDiversity{}, Notes: []string{}}
	var all []string
	for _, id := range t.groups.ids {
		texts := t.groups.groups[id]
		completions := lo.Map(texts, func(t text, _ int) string { return t.completion })
		g := GroupDiversity{Problem: id, Report: diversity.Measure(completions, vendiSeed)}
		if answers := lo.FilterMap(texts, func(t text, _ int) (string, bool) { return t.answer, t.answered }); len(answers) > 0 {
			classes := diversity.OfAnswers(answers)
			g.Answers = &classes
		}
		d.Groups = append(d.Groups, g)
		all = append(all, completions...)
	}
	d.Corpus = diversity.Measure(all, vendiSeed)
	d.average()
	d.note(t)
	return d
}

func (d *Diversity) average() {
	groups := lo.Filter(d.Groups, func(g GroupDiversity, _ int) bool { return g.Texts > 1 })
	d.Single, d.Means.Groups = len(d.Groups)-len(groups), len(groups)
	mean := func(of func(GroupDiversity) *float64) Estimate {
		values := lo.FilterMap(groups, func(g GroupDiversity, _ int) (float64, bool) {
			value := of(g)
			return lo.FromPtr(value), value != nil
		})
		return bootstrap(values, len(values), func(drawn []float64) (float64, bool) {
			return lo.Sum(drawn) / float64(max(1, len(drawn))), len(drawn) > 0
		})
	}
	answers := func(of func(diversity.Classes) *float64) func(GroupDiversity) *float64 {
		return func(g GroupDiversity) *float64 {
			if g.Answers == nil {
				return nil
			}
			return of(*g.Answers)
		}
	}
	m := &d.Means
	m.Texts = mean(func(g GroupDiversity) *float64 { return lo.ToPtr(float64(g.Texts)) })
	m.Distinct1 = mean(func(g GroupDiversity) *float64 { return g.Distinct1 })
	m.Distinct2 = mean(func(g GroupDiversity) *float64 { return g.Distinct2 })
	m.Distinct3 = mean(func(g GroupDiversity) *float64 { return g.Distinct3 })
	m.Distinct4 = mean(func(g GroupDiversity) *float64 { return g.Distinct4 })
	m.NGrams = mean(func(g GroupDiversity) *float64 { return g.NGrams })
	m.SelfBLEU = mean(func(g GroupDiversity) *float64 { return g.SelfBLEU })
	m.Compression = mean(func(g GroupDiversity) *float64 { return g.Compression })
	m.Vendi = mean(func(g GroupDiversity) *float64 { return g.Vendi })
	m.Answers = mean(answers(func(c diversity.Classes) *float64 { return lo.ToPtr(float64(c.Distinct)) }))
	m.EffectiveAnswers = mean(answers(func(c diversity.Classes) *float64 { return c.Effective }))
}

func (d *Diversity) note(t Texts) {
	add := func(text string) { d.Notes = append(d.Notes, text) }
	if t.Groups {
		add("groups are written only for problems with right and wrong draws, so problems that the model always or never solves are missing; their completions differ less")
	}
	if t.Alone {
		add("some rows name neither problem nor prompt, and are groups of their own")
	}
	if sizes := lo.Uniq(lo.Map(d.Groups, func(g GroupDiversity, _ int) int { return g.Texts })); len(sizes) > 1 {
		add("groups differ in size; distinct n-grams fall, and self-BLEU, compression and Vendi rise with it: compare runs that drew equally often")
	}
	if d.Corpus.VendiTexts < d.Corpus.Texts && d.Corpus.VendiTexts >= diversity.VendiCap {
		add(fmt.Sprintf("the corpus's Vendi score is of %d texts drawn from its %d", d.Corpus.VendiTexts, d.Corpus.Texts))
	}
}

// String is the table.
func (d Diversity) String() string {
	var t table
	t.row("", "group mean (95 % interval)", "corpus")
	c, m := d.Corpus, d.Means
	for _, line := range []struct {
		name   string
		mean   Estimate
		corpus *float64
	}{
		{"distinct-1", m.Distinct1, c.Distinct1},
		{"distinct-2", m.Distinct2, c.Distinct2},
		{"distinct-3", m.Distinct3, c.Distinct3},
		{"distinct-4", m.Distinct4, c.Distinct4},
		{"n-gram diversity, of 4", m.NGrams, c.NGrams},
		{"self-BLEU, lower is more diverse", m.SelfBLEU, c.SelfBLEU},
		{"compression ratio, lower is more", m.Compression, c.Compression},
		{"Vendi, effective texts", m.Vendi, c.Vendi},
		{"texts", m.Texts, lo.ToPtr(float64(c.Texts))},
		{"different answers", m.Answers, nil},
		{"effective answers", m.EffectiveAnswers, nil},
	} {
		t.row(line.name, line.mean.String(), number(line.corpus))
	}
	head := fmt.Sprintf("%d completions in %d groups", c.Texts, len(d.Groups))
	if d.Single > 0 {
		head += fmt.Sprintf("; %d with less than two are in no mean", d.Single)
	}
	return head + "\n" + t.String() + notes(d.Notes)
}

// Figure is the means that lie in [0, 1], with the ends of their intervals.
func (d Diversity) Figure() figure.Figure {
	m := d.Means
	return figure.Figure{
		Title: "diversity within a problem's completions", Y: "mean over problems", High: 1, Shape: figure.Bars,
		Labels: []string{"distinct-1", "distinct-2", "distinct-3", "distinct-4", "self-BLEU"},
		Series: intervalBars([]Estimate{m.Distinct1, m.Distinct2, m.Distinct3, m.Distinct4, m.SelfBLEU}),
	}
}
