// Package guard decides whether a record may train anyone.
//
// A guard looks at text and counts, never at a model: it is a judgement over what was observed,
// with a reason in words. Guards are asked in order; the first refusal wins and stays with the
// record. What was not refused names the guards that it passed.
//
// Each guard's judgement lives in a package of its own, as pure functions: difficulty, shortcut,
// format, duplicate, staleness, leak. This package reads records, of any kind and also other
// people's, and asks them. Records are judged problem by problem, in input order, so that the
// verdicts depend on the records alone.
package guard

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

// Guard judges the records of one problem after the other. It is not called concurrently, but other
// guards may be at work at the same time, on other problems.
type Guard interface {
	// Name is what reports, reasons and --guards-off call it.
	Name() string
	// Judge calls Pass or Refuse on each record that it can say something of.
	Judge(*Case)
	// Report says what the guard saw, for people and for programs. It is called at the end.
	Report() Report
}

// Observer is a guard that has to see everything once before it judges.
type Observer interface {
	Guard
	// Observe says whether the guard wants to see more; once it does not, it is asked no more.
	Observe(*Case) (more bool)
	// Observed is called when everything was seen, before the first judgement.
	Observed()
}

// Case is what there is of one problem, in the order of the file.
type Case struct {
	Problem string
	Records []*Record
}

// byProblem takes a case apart by the problems that its records name, in order of appearance.
func (c *Case) byProblem() []*Case {
	var all []*Case
	own := map[string]*Case{}
	for _, r := range c.Records {
		if own[r.Problem] == nil {
			own[r.Problem] = &Case{Problem: r.Problem}
			all = append(all, own[r.Problem])
		}
		own[r.Problem].Records = append(own[r.Problem].Records, r)
	}
	return all
}

// Live yields the records that no guard has refused so far.
func (c *Case) Live() iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		for _, r := range c.Records {
			if r.Refusal == nil && !yield(r) {
				return
			}
		}
	}
}

// Refusal says who refused a record, and why.
type Refusal struct {
	Guard string `json:"guard"`
	// Code is one of few words, to count by; Reason is for people.
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// Pass notes that a guard had a look at the record and keeps it.
func (r *Record) Pass(guard string) { r.Passed = append(r.Passed, guard) }

// Refuse takes the record out, unless another guard did before.
func (r *Record) Refuse(guard, code, reason string, args ...any) {
	if r.Refusal == nil {
		r.Refusal = &Refusal{Guard: guard, Code: code, Reason: fmt.Sprintf(reason, args...)}
	}
}

// Report is what a guard says of all it saw.
type Report struct {
	Name string `json:"name"`
	// Judged records were passed or refused by this guard; the others were refused before, or gave it
	// nothing to judge by.
	Judged  int64 `json:"judged"`
	Refused int64 `json:"refused"`
	// Codes counts refusals by code.
	Codes feedbackgen.Counts `json:"codes"`
	// Notes are findings in words.
	Notes []string `json:"notes"`
	// Detail is the guard's own measurements; nil where it has none.
	Detail any `json:"detail,omitempty"`
}

// Chain asks guards in order.
type Chain struct {
	guards []Guard
	off    []string
	counts map[string]*Report
}

// NewChain returns guards in the order in which they are to be asked. off names those that are
// turned off, for the report; their guards are not in the list.
func NewChain(guards []Guard, off []string) *Chain {
	c := &Chain{guards: guards, off: off, counts: map[string]*Report{}}
	for _, g := range guards {
		c.counts[g.Name()] = &Report{Name: g.Name(), Codes: feedbackgen.Counts{}}
	}
	return c
}

// With adds guards to be asked after the others.
func (c *Chain) With(guards ...Guard) *Chain {
	return NewChain(append(append([]Guard{}, c.guards...), guards...), c.off)
}

// Sift asks the guards about all cases and hands each case on, judged, in order. Cases are read twice
// if a guard has to see everything first.
func (c *Chain) Sift(cases func() iter.Seq2[*Case, error], judged func(*Case) error) error {
	var observers []Observer
	for _, g := range c.guards {
		if o, ok := g.(Observer); ok {
			observers = append(observers, o)
		}
	}
	if len(observers) > 0 {
		if err := observe(cases(), observers); err != nil {
			return err
		}
	}
	return assembly(cases(), c.guards, func(kase *Case) error {
		c.count(kase)
		return judged(kase)
	})
}

// observe shows observers as much as they want to see.
func observe(cases iter.Seq2[*Case, error], observers []Observer) error {
	curious := slices.Clone(observers)
	err := assembly(cases, nil, func(kase *Case) error {
		curious = slices.DeleteFunc(curious, func(o Observer) bool { return !o.Observe(kase) })
		if len(curious) == 0 {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	for _, o := range observers {
		o.Observed()
	}
	return nil
}

var errEnough = errors.New("seen enough")

func (c *Chain) count(kase *Case) {
	for _, r := range kase.Records {
		for _, name := range r.Passed {
			c.counts[name].Judged++
		}
		if r.Refusal != nil {
			count := c.counts[r.Refusal.Guard]
			count.Judged++
			count.Refused++
			count.Codes[r.Refusal.Code]++
		}
	}
}

// Reports are what the guards say at the end, in order.
func (c *Chain) Reports() []Report {
	reports := make([]Report, 0, len(c.guards))
	for _, g := range c.guards {
		report := g.Report()
		count := c.counts[g.Name()]
		report.Name, report.Judged, report.Refused, report.Codes = count.Name, count.Judged, count.Refused, count.Codes
		if report.Notes == nil {
			report.Notes = []string{}
		}
		reports = append(reports, report)
	}
	return reports
}

// Keeper is a guard that leaves files beside the records.
type Keeper interface {
	Guard
	// Files is called after the last judgement. Names are paths with slashes, relative to the records'
	// directory. What has no content is no file.
	Files() map[string][]byte
}

// Files are what guards leave beside the records, by name.
func (c *Chain) Files() map[string][]byte {
	files := map[string][]byte{}
	for _, g := range c.guards {
		if k, ok := g.(Keeper); ok {
			for name, content := range k.Files() {
				if len(content) > 0 {
					files[name] = content
				}
			}
		}
	}
	return files
}

// Off names the guards that are turned off.
func (c *Chain) Off() []string { return append([]string{}, c.off...) }

// passed is how a record's provenance names the guards that it passed.
func (r *Record) passed() string { return strings.Join(r.Passed, ",") }
