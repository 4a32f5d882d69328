package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/run"
)

// filter is the guards over records that are there already.
type filter struct {
	env                   environment
	run, in, out, dropped string
	policy, remeasured    string
	json                  bool
	guardFlags            guardFlags
}

func newFilter(env environment) *cobra.Command {
	f := filter{env: env}
	cmd := &cobra.Command{
		Use:   "filter",
		Short: "Ask the guards which records may train a model",
		Long: `filter asks the guards about the records of a run, or about a file of records: feedbackgen's own, or
any JSONL file in TRL's formats. It shows what each guard refuses; with --out it also writes what
they let through, as it was, with the names of the guards that each record passed.

Without --out nothing is written. Records that do not say what a guard needs pass it unjudged.`,
		Example: `  feedbackgen filter --run run
  feedbackgen filter --run run --guards-off shortcut --out filtered
  feedbackgen filter --in train.jsonl --out kept.jsonl --dropped dropped.jsonl`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := interruptible(cmd.Context(), env.signals)
			defer cancel()
			err := f.filter(ctx)
			if ctx.Err() != nil {
				return context.Cause(ctx) // whatever failed then, failed because of it
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.run, "run", "", "a run's directory")
	flags.StringVar(&f.in, "in", "", "a file of records, one JSON object a line, or - for standard input")
	flags.StringVar(&f.out, "out", "", "where to write what passes: a new directory with --run, a file with --in")
	flags.StringVar(&f.dropped, "dropped", "", "with --in: a file for what is refused, with the reasons (default: not written)")
	flags.StringVar(&f.policy, "policy", "", "the directory of a run of the policy that is to be trained: records of another are refused")
	flags.StringVar(&f.remeasured, "remeasured", "", "with --policy: JSONL of records measured again under it, which may stay: {\"problem\",\"node\",\"passes\",\"rollouts\",\"logprob_old\",\"logprob_new\"}")
	flags.BoolVar(&f.json, "json", false, "print the report as JSON")
	f.guardFlags.register(flags)
	return cmd
}

// filtered is what the guards say of records.
type filtered struct {
	Records   map[feedbackgen.Kind]int `json:"records"`
	Dropped   int                      `json:"dropped"`
	Guards    []guard.Report           `json:"guards"`
	GuardsOff []string                 `json:"guards_off"`
}

func (f *filter) filter(ctx context.Context) error {
	switch {
	case (f.run == "") == (f.in == ""):
		return usage("name either the directory of a run with --run, or a file of records with --in")
	case f.run != "" && f.dropped != "":
		return usage("--dropped goes with --in: a run's refused records get into %s of --out", run.DroppedFile)
	case f.remeasured != "" && f.policy == "":
		return usage("--remeasured goes with --policy")
	}
	settings, err := f.guardFlags.settings(ctx)
	if err != nil {
		return err
	}
	if settings.Policy, settings.Remeasured, err = f.current(ctx); err != nil {
		return err
	}
	guards, err := guard.Standard(settings)
	if err != nil {
		return err
	}
	var result filtered
	if f.run != "" {
		result, err = f.ofRun(ctx, guards)
	} else {
		result, err = f.ofFile(ctx, guards)
	}
	if err != nil {
		return err
	}
	if f.json {
		return writeJSON(f.env.stdout, result)
	}
	return writeFiltered(f.env.stdout, result)
}

// current is the policy that is to be trained, and what was measured again under it.
func (f *filter) current(ctx context.Context) (policy feedbackgen.Policy, measured []guard.Remeasured, err error) {
	if f.policy == "" {
		return policy, nil, nil
	}
	from, err := openRun(ctx, f.policy)
	if err != nil {
		return policy, nil, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	origin, begun, err := run.Load(ctx, from)
	if err != nil {
		return policy, nil, err
	}
	if !begun {
		return policy, nil, usage("--policy %s: the run has not begun", f.policy)
	}
	if f.remeasured == "" {
		return origin.Policy, nil, nil
	}
	file, err := os.Open(f.remeasured)
	if err != nil {
		return policy, nil, usage("--remeasured: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	measured, err = jsonLines(f.remeasured, file, `{"problem":"p1","passes":3,"rollouts":8,"logprob_old":-12.5,"logprob_new":-13.1}`,
		func(m guard.Remeasured) bool { return m.Problem != "" && m.Rollouts > 0 })
	return origin.Policy, measured, err
}

func (f *filter) ofRun(ctx context.Context, guards *guard.Chain) (_ filtered, err error) {
	from, err := openRun(ctx, f.run)
	if err != nil {
		return filtered{}, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	var sifted run.Sifted
	if f.out == "" {
		sifted, err = run.Judge(ctx, from, guards)
	} else {
		if err := emptyDirectory(f.out); err != nil {
			return filtered{}, err
		}
		sifted, err = run.Again(ctx, from, f.out, guards)
	}
	return filtered{sifted.Records, sifted.Dropped, sifted.Guards, sifted.Off}, err
}

// emptyDirectory makes a directory, and refuses one that holds anything.
func emptyDirectory(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usage("--out %s: %w", dir, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return usage("--out %s: %w", dir, err)
	}
	if len(entries) > 0 {
		return usage("--out %s: it holds %s: name a new or empty directory", dir, entries[0].Name())
	}
	return nil
}

func (f *filter) ofFile(ctx context.Context, guards *guard.Chain) (_ filtered, err error) {
	in, err := f.input(ctx)
	if err != nil {
		return filtered{}, err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	kept, err := createOutput(f.out)
	if err != nil {
		return filtered{}, err
	}
	defer func() { err = errors.Join(err, kept.end(err)) }()
	dropped, err := createOutput(f.dropped)
	if err != nil {
		return filtered{}, err
	}
	defer func() { err = errors.Join(err, dropped.end(err)) }()

	result := filtered{Records: map[feedbackgen.Kind]int{}, GuardsOff: guards.Off()}
	reasons := json.NewEncoder(dropped)
	reasons.SetEscapeHTML(false)
	err = guards.Sift(in.cases, func(c *guard.Case) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		for _, r := range c.Records {
			if r.Refusal != nil {
				result.Dropped++
				if err := reasons.Encode(struct {
					guard.Refusal
					Record json.RawMessage `json:"record"`
				}{*r.Refusal, r.Line}); err != nil {
					return err
				}
				continue
			}
			result.Records[r.Kind]++
			line, err := r.Stamped()
			if err != nil {
				return err
			}
			if _, err := kept.Write(append(line, '\n')); err != nil {
				return err
			}
		}
		return nil
	})
	result.Guards = guards.Reports()
	return result, err
}

// input is a file that can be read twice.
type input struct {
	name string
	kind feedbackgen.Kind
	file *os.File
	temp bool
}

func (f *filter) input(ctx context.Context) (*input, error) {
	if f.in != "-" {
		file, err := os.Open(f.in)
		if err != nil {
			return nil, usage("--in: %w", err)
		}
		return &input{name: f.in, kind: kindOfFile(f.in), file: file}, nil
	}
	file, err := os.CreateTemp("", "feedbackgen-filter-*")
	if err != nil {
		return nil, err
	}
	in := &input{name: "standard input", kind: "records", file: file, temp: true}
	if err := copyInput(ctx, file, f.env.stdin); err != nil {
		return nil, errors.Join(err, in.close())
	}
	return in, nil
}

// kindOfFile is the kind that a file's name says, else its name.
func kindOfFile(path string) feedbackgen.Kind {
	return feedbackgen.Kind(strings.TrimSuffix(filepath.Base(path), ".jsonl"))
}

func (in *input) cases() iter.Seq2[*guard.Case, error] {
	if _, err := in.file.Seek(0, io.SeekStart); err != nil {
		return func(yield func(*guard.Case, error) bool) {
			yield(nil, usage("%s can be read only once; use --in - and a pipe", in.name))
		}
	}
	return guard.Cases(in.name, in.kind, in.file)
}

func (in *input) close() error {
	err := in.file.Close()
	if in.temp {
		err = errors.Join(err, os.Remove(in.file.Name()))
	}
	return err
}

// output is a file that is there whole or not at all. Without a name, it takes and forgets.
type output struct {
	path   string
	file   *os.File
	buffer *bufio.Writer
}

func createOutput(path string) (*output, error) {
	if path == "" {
		return &output{buffer: bufio.NewWriter(io.Discard)}, nil
	}
	file, err := os.Create(path + ".tmp")
	if err != nil {
		return nil, usage("%w", err)
	}
	return &output{path, file, bufio.NewWriterSize(file, 1<<20)}, nil
}

func (o *output) Write(text []byte) (int, error) { return o.buffer.Write(text) }

// end puts the file in place, or takes it away if something failed.
func (o *output) end(failed error) error {
	if o.file == nil {
		return nil
	}
	err := errors.Join(o.buffer.Flush(), o.file.Sync(), o.file.Close())
	if failed != nil || err != nil {
		return errors.Join(err, os.Remove(o.path+".tmp"))
	}
	return os.Rename(o.path+".tmp", o.path)
}

func writeFiltered(w io.Writer, r filtered) error {
	var t table
	kept := 0
	for _, n := range r.Records {
		kept += n
	}
	t.row(0, "records", int64(kept+r.Dropped), "")
	t.row(1, "kept", int64(kept), "")
	t.row(1, "dropped", int64(r.Dropped), "")
	t.guards(r.Guards, r.GuardsOff)
	_, err := io.WriteString(w, t.text.String())
	return err
}
