package guard

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/format"
)

// FormatsFile is what the format guard leaves for the runs of later policies.
const FormatsFile = "formats.json"

// fitOn is how many completions formats are found on, and alarmFrom from how many on an alarm is
// calibrated: with fewer, rare formats are noise.
const (
	fitOn     = 3000
	alarmFrom = 300
)

// Formats are a policy's formats, kept as [FormatsFile].
type Formats struct {
	Model format.Model `json:"model"`
	// Alarm rings when a later policy drifts to one of them; nil from too few completions.
	Alarm *format.Alarm `json:"alarm"`
	// Shares are the policy's own, by class, other at last.
	Shares []float64 `json:"shares"`
}

// ReadFormats reads what an earlier run left.
func ReadFormats(text []byte) (*Formats, error) {
	var f Formats
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, feedbackgen.BadInput(FormatsFile, err, "it is the file that an earlier run left beside its records")
	}
	if len(f.Shares) != f.Model.Size() {
		return nil, feedbackgen.BadInput(FormatsFile, errors.New("shares and classes do not agree"), "take the file as the earlier run left it")
	}
	return &f, nil
}

// Formatter tells formats apart, and thins one that takes over.
type Formatter struct {
	base     *Formats
	fitted   Formats
	ready    bool
	features []format.Features
	observed []format.Observation
	pending  []pending
	watch    *format.Watch
	items    []format.Item
	drop     map[string]string
	failed   error
}

// pending is a text that was seen before there were classes.
type pending struct {
	prompt  string
	outcome feedbackgen.Outcome
}

// ByFormat finds the formats of the first policy's completions. Given the base that an earlier run
// left, it instead counts how this policy's are spread over those, watches for one that takes over,
// and, if one does, thins the examples to imitate in it to the base's share; right ones in other
// formats all stay.
func ByFormat(base *Formats) *Formatter {
	f := &Formatter{base: base, drop: map[string]string{}}
	if base != nil {
		f.fitted, f.ready = *base, true
		if base.Alarm != nil {
			f.watch = base.Alarm.Watch()
		}
	}
	return f
}

// Name is "format".
func (*Formatter) Name() string { return "format" }

// answers are the texts of one problem that show its policy's formats: all its independent answers where
// a file has them, else whatever is whole. Problems that the policy wrote are no answers.
func answers(c *Case) []Text {
	var texts []Text
	for _, kind := range []feedbackgen.Kind{feedbackgen.KindGroup, feedbackgen.KindFirstAttempt} {
		for r := range c.Live() {
			if r.Kind == kind {
				texts = append(texts, r.Texts...)
			}
		}
		if len(texts) > 0 {
			return texts
		}
	}
	seen := map[string]bool{}
	for r := range c.Live() {
		if r.Kind == feedbackgen.KindChallenge {
			continue
		}
		for _, t := range r.Texts {
			if t.Whole && !seen[t.Text] {
				seen[t.Text] = true
				texts = append(texts, t)
			}
		}
	}
	return texts
}

// Observe looks at the problems of a case before anything is judged; formats are found on the first 3,000
// completions. A module may make several problems of its own from one that it was given: formats hang on
// each of them, and taken for one they would be too few to say how far.
func (f *Formatter) Observe(c *Case) (more bool) {
	for _, own := range c.byProblem() {
		f.observe(own)
	}
	if f.base == nil {
		return len(f.features) < fitOn
	}
	for r := range c.Live() {
		if t, ok := imitates(r); ok {
			f.items = append(f.items, format.Item{
				ID: recordID(r), Class: f.fitted.Model.Classify(format.Measure(t.Text)), Right: t.Outcome == feedbackgen.Pass,
			})
		}
	}
	return true
}

func (f *Formatter) observe(c *Case) {
	for _, t := range answers(c) {
		measured := format.Measure(t.Text)
		if f.base == nil {
			if len(f.features) < fitOn {
				f.features = append(f.features, measured)
				f.pending = append(f.pending, pending{c.Problem, t.Outcome})
			}
			continue
		}
		class := f.fitted.Model.Classify(measured)
		f.observed = append(f.observed, format.Observation{Prompt: c.Problem, Class: class, Outcome: t.Outcome})
		if f.watch != nil {
			f.watch.Add(c.Problem, class)
		}
	}
}

// imitates is the one text of a record that is an example to imitate.
func imitates(r *Record) (Text, bool) {
	if len(r.Texts) != 1 || !r.Texts[0].Imitated || !r.Texts[0].Whole {
		return Text{}, false
	}
	return r.Texts[0], true
}

func recordID(r *Record) string { return string(r.Kind) + "/" + r.Problem + "/" + r.Node }

// Observed finds the classes, or decides what to thin.
func (f *Formatter) Observed() {
	if f.base != nil {
		f.balance()
		return
	}
	if len(f.features) == 0 {
		return
	}
	f.ready = true
	f.fitted.Model, f.failed = format.Fit(f.features, format.Default())
	if f.failed != nil {
		return
	}
	for i, measured := range f.features {
		f.observed = append(f.observed, format.Observation{
			Prompt: f.pending[i].prompt, Class: f.fitted.Model.Classify(measured), Outcome: f.pending[i].outcome,
		})
	}
	f.features, f.pending = nil, nil
	f.fitted.Shares, _ = format.Shares(f.fitted.Model.Counts())
	if len(f.observed) >= alarmFrom {
		alarm, err := format.Calibrate(f.observed, f.fitted.Model.Size(), format.DefaultAlarm())
		if err == nil {
			f.fitted.Alarm = &alarm
		}
		f.failed = err
	}
}

// balance decides what to thin, if one format takes over.
func (f *Formatter) balance() {
	if f.watch == nil || len(f.items) == 0 {
		return
	}
	if _, rang := f.watch.Rang(); !rang {
		f.items = nil
		return
	}
	config := format.DefaultBalance()
	config.Target = f.base.Shares
	chosen, err := format.Balance(f.items, f.fitted.Model.Names(), config)
	f.failed, f.items = err, nil
	for _, choice := range chosen.Choices {
		if !choice.Keep {
			f.drop[choice.ID] = choice.Reason
		}
	}
}

// Class names a text's format; "" before everything was observed. It is safe for concurrent use from
// then on.
func (f *Formatter) Class(text string) string {
	if !f.ready || f.failed != nil {
		return ""
	}
	return f.fitted.Model.Name(f.fitted.Model.Classify(format.Measure(text)))
}

// Judge thins the format that takes over.
func (f *Formatter) Judge(c *Case) {
	for r := range c.Live() {
		if _, ok := imitates(r); !ok {
			continue
		}
		if reason, drop := f.drop[recordID(r)]; drop {
			r.Refuse(f.Name(), "thinned", "%s", reason)
			continue
		}
		r.Pass(f.Name())
	}
}

// Report says how formats are spread.
func (f *Formatter) Report() Report {
	if f.failed != nil {
		return Report{Notes: []string{"formats could not be told: " + f.failed.Error()}}
	}
	if !f.ready || len(f.observed) == 0 {
		return Report{}
	}
	summary, err := format.Summarise(f.fitted.Model, f.observed)
	if err != nil {
		return Report{Notes: []string{"formats could not be told: " + err.Error()}}
	}
	var notes []string
	for _, class := range summary.Classes {
		if class.Count == 0 {
			continue
		}
		note := fmt.Sprintf("%.0f %% %s", 100*class.Share, class.Name)
		if f.base != nil {
			note += fmt.Sprintf(" (base %.0f %%)", 100*class.BaseShare)
		}
		if class.Judged > 0 {
			note += fmt.Sprintf(", %.0f %% of them right", 100*float64(class.Right)/float64(class.Judged))
		}
		notes = append(notes, note)
	}
	if f.base != nil {
		notes = append(notes, fmt.Sprintf("drift from the base %.3f bits", summary.Drift))
		if f.watch != nil {
			if ring, rang := f.watch.Rang(); rang {
				notes = append(notes, fmt.Sprintf("ALARM after %d completions: %q takes over", ring.After, f.fitted.Model.Name(ring.Class)))
			}
		}
	}
	return Report{Notes: notes, Detail: summary}
}

// Files keeps the formats for later policies; where there is a base, that is the base.
func (f *Formatter) Files() map[string][]byte {
	if !f.ready || f.failed != nil {
		return nil
	}
	text, err := json.MarshalIndent(f.fitted, "", "  ")
	if err != nil {
		return nil // a model that cannot be written is none that can be kept
	}
	return map[string][]byte{FormatsFile: append(text, '\n')}
}
