package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/evals"
	"github.com/feedbackgen/feedbackgen/store"
)

// evalInput is what an eval reads.
type evalInput struct {
	run, in   string
	filesOnly bool
}

func (i *evalInput) register(flags *pflag.FlagSet, rows string) {
	if !i.filesOnly {
		flags.StringVar(&i.run, "run", "", "a run's directory")
	}
	flags.StringVar(&i.in, "in", "", "a file of rows, or - for standard input: "+rows)
}

func (i *evalInput) check() error {
	if i.filesOnly && i.in == "" {
		return usage("name a file of rows with --in, or - for standard input")
	}
	if (i.run == "") == (i.in == "") {
		return usage("name either the directory of a run with --run, or a file of rows with --in")
	}
	return nil
}

type rows = iter.Seq2[evals.Row, error]

// read goes through the rows of a file, or the records of a run, of the kinds given or all, as they
// were before the guards.
func (i *evalInput) read(ctx context.Context, stdin io.Reader, use func(rows) error, kinds ...feedbackgen.Kind) error {
	if i.run == "" {
		return readLines(i.in, stdin, use)
	}
	return withRun(ctx, i.run, func(run *store.Reader) error {
		return use(evals.Records(ctx, run, filepath.Join(i.run, store.FileName), kinds...))
	})
}

func readLines(path string, stdin io.Reader, use func(rows) error) error {
	if path == "-" {
		return use(evals.Lines("standard input", stdin))
	}
	if isDirectory(path) {
		return usage("%s: it is a directory: --run takes the directory of a run, --in a file", path)
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return usage("%s: no such file", path)
	}
	if err != nil {
		return usage("%w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	return use(evals.Lines(path, file))
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func withRun(ctx context.Context, dir string, use func(*store.Reader) error) (err error) {
	run, err := store.OpenReadOnly(ctx, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return usage("%s: there is no run: --run names the directory that a run was written to", dir)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	return use(run)
}
