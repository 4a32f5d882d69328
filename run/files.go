package run

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/export"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/store"
)

// DroppedFile holds the records that guards refused, each with its reason.
const DroppedFile = "dropped.jsonl"

// Sifted is what guards left of a run's records.
type Sifted struct {
	// Records counts the lines of each file.
	Records map[feedbackgen.Kind]int
	// Dropped is how many were refused.
	Dropped int
	// Guards are the reports of those that were asked, and Off names those that were not.
	Guards []guard.Report
	Off    []string
	// files are what guards leave for later runs.
	files map[string][]byte
}

// Files writes the records of a run that its guards let through into dir, those that they refuse
// into [DroppedFile], and the dataset card. All files are put in place together. A nil chain lets
// everything through.
func Files(ctx context.Context, dir string, from *store.Reader, guards *guard.Chain, card export.Card) (Sifted, error) {
	w := export.NewWriter(dir)
	defer w.Discard()
	out, err := w.Beside(DroppedFile)
	if err != nil {
		return Sifted{}, err
	}
	dropped := json.NewEncoder(out)
	dropped.SetEscapeHTML(false)
	sifted, err := sift(ctx, from, guards, func(r *guard.Record) error {
		if r.Refusal != nil {
			return dropped.Encode(droppedLine{r.Kind, r.Problem, r.Node, *r.Refusal, r.Line})
		}
		line, err := r.Stamped()
		if err != nil {
			return err
		}
		return w.Write(r.Kind, line)
	})
	if err != nil {
		return Sifted{}, err
	}
	for name, text := range sifted.files {
		beside, err := w.Beside(name)
		if err != nil {
			return Sifted{}, err
		}
		if _, err := io.Copy(beside, bytes.NewReader(text)); err != nil {
			return Sifted{}, err
		}
	}
	card.Notes = append(card.Notes, notes(sifted)...)
	return sifted, w.Commit(card)
}

// Judge asks guards about the records of a run, and writes nothing.
func Judge(ctx context.Context, from *store.Reader, guards *guard.Chain) (Sifted, error) {
	return sift(ctx, from, guards, func(*guard.Record) error { return nil })
}

func sift(ctx context.Context, from *store.Reader, guards *guard.Chain, each func(*guard.Record) error) (Sifted, error) {
	if guards == nil {
		guards = guard.NewChain(nil, nil)
	}
	sifted := Sifted{Records: map[feedbackgen.Kind]int{}, Off: guards.Off()}
	err := guards.Sift(func() iter.Seq2[*guard.Case, error] { return Cases(ctx, from) }, func(c *guard.Case) error {
		for _, r := range c.Records {
			if err := each(r); err != nil {
				return err
			}
			if r.Refusal != nil {
				sifted.Dropped++
			} else {
				sifted.Records[r.Kind]++
			}
		}
		return nil
	})
	sifted.Guards, sifted.files = guards.Reports(), guards.Files()
	return sifted, err
}

type droppedLine struct {
	Kind    feedbackgen.Kind `json:"kind"`
	Problem string           `json:"problem"`
	Node    string           `json:"node"`
	guard.Refusal
	Record json.RawMessage `json:"record"`
}

// Cases reads a run's records problem by problem, as guards judge them.
func Cases(ctx context.Context, from *store.Reader) iter.Seq2[*guard.Case, error] {
	var kinds []feedbackgen.Kind
	for _, record := range feedbackgen.Kinds() {
		kinds = append(kinds, record.Kind())
	}
	return func(yield func(*guard.Case, error) bool) {
		for lines, err := range from.Results(ctx, kinds) {
			c := &guard.Case{}
			for _, line := range lines {
				record, broken := guard.Read(line.Kind, line.JSON)
				if broken != nil {
					err = &feedbackgen.Failure{Op: "read records", Subject: string(line.Kind), Cause: broken}
					break
				}
				c.Problem = record.Problem
				c.Records = append(c.Records, record)
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// notes tells readers of the dataset card what was left out.
func notes(s Sifted) []string {
	var all []string
	for _, g := range s.Guards {
		if g.Refused > 0 {
			all = append(all, fmt.Sprintf("Guard `%s` refused %d of the %d records that it judged.", g.Name, g.Refused, g.Judged))
		}
	}
	if len(s.Off) > 0 {
		all = append(all, "Guards that were turned off: "+strings.Join(s.Off, ", ")+".")
	}
	return all
}
