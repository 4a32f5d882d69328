package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// Exit codes. Other tools rely on them.
const (
	exitDone       = 0
	exitFailed     = 1
	exitUsage      = 2 // wrong usage or bad input
	exitResumable  = 3 // interrupted or over budget
	exitSomeFailed = 4 // finished, but some problems failed
)

// environment is all that the command line touches of its process, so that tests can run it whole.
type environment struct {
	args           []string
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
	// terminal says that stderr is one.
	terminal bool
	// columns is how wide stdout is, where it is a terminal; else 0.
	columns int
	// signals delivers the user's interruptions.
	signals <-chan os.Signal
}

// exit is an error that asks for an exit code. Its text, if any, is printed.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// usage marks an error as the user's to mend.
func usage(format string, args ...any) error {
	return &exit{exitUsage, fmt.Errorf(format, args...)}
}

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, env environment) int {
	root := newRoot(env)
	root.SetArgs(env.args)
	root.SetIn(env.stdin)
	root.SetOut(env.stdout)
	root.SetErr(env.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if text := oneLine(err); text != "" {
		_, _ = fmt.Fprintln(env.stderr, "feedbackgen: "+text)
	}
	return exitCode(err)
}

func exitCode(err error) int {
	var asked *exit
	switch {
	case errors.As(err, &asked):
		return asked.code
	case errors.Is(err, feedbackgen.ErrInput), errors.Is(err, backends.ErrConfig):
		return exitUsage
	case errors.Is(err, backends.ErrUnavailable), errors.Is(err, backends.ErrBudget):
		return exitResumable
	}
	return exitFailed
}

// oneLine is the error's text, on one line: errors are read in logs, too.
func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}

func newRoot(env environment) *cobra.Command {
	root := &cobra.Command{
		Use:   "feedbackgen",
		Short: "Manufacture training signal from a model's own behaviour",
		Long: `feedbackgen makes training data for a language model out of that model's own behaviour: no
preference labels, no teacher, no reward model. Point it at the server that runs your model and at
problems with checkable answers (or without), and feed the files it writes to your trainer.`,
		Example: `  feedbackgen doctor --backend ollama --model smollm2
  feedbackgen mcts --backend ollama --model smollm2 --problems problems.jsonl --out run
  feedbackgen report --run run`,
		Version:       versionText(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          unknownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("feedbackgen {{.Version}}\n")
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "FlagUsages ", fmt.Sprintf("FlagUsagesWrapped %d ", helpWidth)))
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(badFlag)
	root.AddCommand(newMCTS(env), newSelfplay(env), newPostcomp(env), newFilter(env), newDoctor(env), newReport(env), newEval(env))
	for _, cmd := range root.Commands() {
		if cmd.Args == nil {
			cmd.Args = noArgs
		}
	}
	return root
}

// unknownCommand refuses a word that is no command, with the likely one.
func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		return usage("unknown command %q: did you mean %s?", args[0], near[0])
	}
	return usage("unknown command %q: see feedbackgen --help", args[0])
}
