package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
	"github.com/feedbackgen/feedbackgen/guard/leak"
	"github.com/feedbackgen/feedbackgen/run"
	"github.com/feedbackgen/feedbackgen/store"
)

// guardFlags say which records may get into the files.
type guardFlags struct {
	off, holdout, earlier []string
	band, formats         string
}

func (f *guardFlags) register(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.off, "guards-off", nil, "guards that are not asked, with commas between: "+list(guard.Names())+"; what is off shows in the records")
	flags.StringSliceVar(&f.holdout, "holdout", nil, "files of test problems, which must not get into any prompt")
	flags.StringSliceVar(&f.earlier, "earlier", nil, "directories of earlier runs, whose records are not to be repeated")
	flags.StringVar(&f.formats, "formats", "", "formats.json of an earlier policy's run: tell whether one format takes over since")
	flags.StringVar(&f.band, "band", "0.2-0.8", "pass rates of problems that train, as LOW-HIGH")
}

// list names things in a sentence.
func list(names []string) string {
	text := ""
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			text += " and "
		default:
			text += ", "
		}
		text += name
	}
	return text
}

// isOff reports whether a guard is turned off.
func (f *guardFlags) isOff(name string) bool { return slices.Contains(f.off, name) }

// gate is the difficulty gate that the flags describe.
func (f *guardFlags) gate() (difficulty.Gate, error) {
	gate := difficulty.Default()
	n, err := fmt.Sscanf(f.band+"\n", "%g-%g\n", &gate.Low, &gate.High)
	if n != 2 || err != nil || gate.Check() != nil { // all but the band is the default, which is good
		return gate, usage("--band %q: want LOW-HIGH, two shares with 0 <= LOW < HIGH <= 1, such as 0.2-0.8", f.band)
	}
	return gate, nil
}

// settings are the guards that the flags describe.
func (f *guardFlags) settings(ctx context.Context) (guard.Settings, error) {
	settings := guard.Settings{Off: f.off, Earlier: earlierRuns(ctx, f.earlier)}
	var err error
	if settings.Gate, err = f.gate(); err != nil {
		return settings, err
	}
	for _, path := range f.holdout {
		items, err := heldOut(ctx, path)
		if err != nil {
			return settings, err
		}
		settings.Holdout = append(settings.Holdout, items...)
	}
	if f.formats != "" {
		text, err := os.ReadFile(f.formats)
		if err != nil {
			return settings, usage("--formats: %w", err)
		}
		if settings.Formats, err = guard.ReadFormats(text); err != nil {
			return settings, usage("--formats %s: %w", f.formats, err)
		}
	}
	return settings, nil
}

// heldOut reads test problems, in any shape that --problems takes.
func heldOut(ctx context.Context, path string) ([]leak.Item, error) {
	set, err := feedbackgen.CheckProblems(ctx, path, func() (io.ReadCloser, error) { return os.Open(path) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usage("--holdout %s: no such file", path)
	}
	if err != nil {
		return nil, err
	}
	var items []leak.Item
	for problem, err := range set.All(ctx) {
		if err != nil {
			return nil, err
		}
		var words []string
		for _, m := range problem.Prompt {
			words = append(words, m.Content)
		}
		items = append(items, leak.Item{ID: problem.ID, Prompt: strings.Join(words, "\n"), Answer: problem.Answer})
	}
	return items, nil
}

// earlierRuns reads the records of runs one after the other; nil if there are none.
func earlierRuns(ctx context.Context, dirs []string) iter.Seq2[*guard.Case, error] {
	if len(dirs) == 0 {
		return nil
	}
	return func(yield func(*guard.Case, error) bool) {
		for _, dir := range dirs {
			if !yieldRun(ctx, dir, yield) {
				return
			}
		}
	}
}

// yieldRun yields a run's cases, and says whether to go on.
func yieldRun(ctx context.Context, dir string, yield func(*guard.Case, error) bool) bool {
	from, err := openRun(ctx, dir)
	if err != nil {
		yield(nil, err)
		return false
	}
	more := true
	for c, err := range run.Cases(ctx, from) {
		if more = yield(c, err) && err == nil; !more {
			break
		}
	}
	if err := from.Close(); err != nil && more {
		yield(nil, err)
		return false
	}
	return more
}

// openRun opens a run's store to read it.
func openRun(ctx context.Context, dir string) (*store.Reader, error) {
	from, err := store.OpenReadOnly(ctx, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usage("%s: there is no run: name the directory that a run was written to", dir)
	}
	return from, err
}
