package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/export"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/store"
)

// Summary is what a run has come to, and what report.json holds. It depends on what is in the
// store only.
type Summary struct {
	Module   string   `json:"module"`
	Problems Problems `json:"problems"`
	// Counts are those of all done problems together.
	Counts feedbackgen.Counts `json:"counts"`
	// Records counts the lines of each file, which guards let through; Dropped those that they
	// refused.
	Records map[feedbackgen.Kind]int `json:"records"`
	Dropped int                      `json:"dropped"`
	// Guards say what they saw, in the order in which they were asked; GuardsOff were not asked.
	Guards    []guard.Report `json:"guards"`
	GuardsOff []string       `json:"guards_off"`
	// Broken tells of checks of the user's that broke; nil if none did.
	Broken *Broken `json:"broken_checks"`
	// Usage is what all calls in the log have cost, whatever became of their problems.
	Usage        store.Usage           `json:"usage"`
	Policy       feedbackgen.Policy    `json:"policy"`
	Capabilities backends.Capabilities `json:"capabilities"`
	// Others are those who played a part beside the policy.
	Others map[backends.Role]Other `json:"others,omitempty"`
	// Failures are the first 100 problems without a result, in order.
	Failures []Failure `json:"failures"`
	// Stopped is why the run ended early; nil if it did not.
	Stopped error `json:"-"`
}

// Problems counts problems by what became of them: Total is the sum of the others.
type Problems struct {
	Total     int `json:"total"`
	Done      int `json:"done"`
	Failed    int `json:"failed"`
	Suspended int `json:"suspended"`
	Pending   int `json:"pending"`
}

// Broken is what a verifier's own check, which is run, did instead of judging: what it was to judge counts
// as invalid, under check_failed.
type Broken struct {
	// Problems is in how many of them it broke, and Times how often, baselines included.
	Problems int   `json:"problems"`
	Times    int64 `json:"times"`
	// First is the first of the problems, and Fault what was said at its first.
	First string `json:"first"`
	Fault string `json:"fault"`
}

// Failure is a problem without a result.
type Failure struct {
	Problem string       `json:"problem"`
	Status  store.Status `json:"status"`
	Reason  string       `json:"reason"`
}

// mostFailures bounds the list in a report.
const mostFailures = 100

// summarize reads the store of a run that is to have so many problems.
func summarize(ctx context.Context, from *store.Reader, total int, tallies []Tally) (Summary, error) {
	origin, _, err := Load(ctx, from)
	if err != nil {
		return Summary{}, err
	}
	usage, err := from.Usage(ctx)
	if err != nil {
		return Summary{}, err
	}
	s := Summary{
		Module: origin.Module, Policy: origin.Policy, Capabilities: origin.Capabilities, Others: origin.Others, Usage: usage,
		Counts: feedbackgen.Counts{}, Failures: []Failure{},
	}
	for job, err := range from.Jobs(ctx, 0) {
		if err != nil {
			return Summary{}, err
		}
		s.add(job)
		for _, tally := range tallies {
			if job.Status == store.Done {
				tally.Add(job.Counts)
			}
		}
	}
	n := &s.Problems
	n.Pending = max(0, total-n.Done-n.Failed-n.Suspended)
	n.Total = n.Done + n.Failed + n.Suspended + n.Pending
	return s, nil
}

func (s *Summary) add(job store.Job) {
	switch job.Status {
	case store.Done:
		s.Problems.Done++
		s.Counts.Add(job.Counts)
		s.addBroken(job)
	case store.Failed:
		s.Problems.Failed++
	case store.Suspended:
		s.Problems.Suspended++
	}
	if job.Status != store.Done && len(s.Failures) < mostFailures {
		s.Failures = append(s.Failures, Failure{job.ID, job.Status, job.Reason})
	}
}

// addBroken counts the checks that broke in a problem.
func (s *Summary) addBroken(job store.Job) {
	times := int64(0)
	for name, n := range job.Counts {
		if strings.HasSuffix(name, ".check_failed") {
			times += n
		}
	}
	if times == 0 {
		return
	}
	if s.Broken == nil {
		s.Broken = &Broken{First: job.ID, Fault: job.Reason}
	}
	s.Broken.Problems++
	s.Broken.Times += times
}

// writeFiles writes what the run has come to: the records' files with their card, then the report.
func writeFiles(ctx context.Context, cfg Config, s *Summary) error {
	sifted, err := Files(ctx, cfg.Dir, cfg.Store.Reader, cfg.Guards, s.card(cfg.Card))
	if err != nil {
		return err
	}
	s.Records, s.Dropped, s.Guards, s.GuardsOff = sifted.Records, sifted.Dropped, sifted.Guards, sifted.Off
	for _, tally := range cfg.Tallies {
		s.Guards = append(s.Guards, tally.Report())
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(s); err != nil {
		return err
	}
	return writeFile(cfg.Dir, "report.json", text.Bytes())
}

// card is a card with what the run has come to.
func (s Summary) card(c export.Card) export.Card {
	c.Module, c.Policy, c.Problems, c.Counts = s.Module, s.Policy, s.Problems.Done, s.Counts
	return c
}

// Again writes the files of a run that is there, asking other guards, into another directory.
func Again(ctx context.Context, from *store.Reader, dir string, guards *guard.Chain) (Sifted, error) {
	origin, begun, err := Load(ctx, from)
	if err != nil || !begun {
		return Sifted{}, err
	}
	s, err := summarize(ctx, from, 0, nil)
	if err != nil {
		return Sifted{}, err
	}
	return Files(ctx, dir, from, guards, s.card(origin.Card))
}

// writeFile writes a file that is there whole or not at all.
func writeFile(dir, name string, text []byte) error {
	path, temporary := filepath.Join(dir, name), filepath.Join(dir, "."+name+".tmp")
	err := writeSynced(temporary, text)
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		return &feedbackgen.Failure{
			Op: "write", Subject: path, Cause: err, Hint: "check that the directory is writable and the disk not full",
		}
	}
	return nil
}

func writeSynced(path string, text []byte) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}
