package main

import (
	"fmt"
	"strings"

	"github.com/samber/lo"
	"github.com/spf13/cobra"

	"github.com/feedbackgen/feedbackgen/evals"
	"github.com/feedbackgen/feedbackgen/evals/figure"
)

func newEval(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval NAME",
		Short: "Measure a model, or the signal made from it",
		Long: `eval measures how good a model is, and how good the signal made from it, over the records of a run
or over rows of JSON from anywhere. It prints a table, or JSON with --json, and draws a picture with
--figure FILE.svg or FILE.png.

Intervals are 95 % intervals that take problems for independent, not rows. What is undefined is "-"
in a table and null in JSON. Notes below a table say what its numbers do not.`,
		Example: `  feedbackgen eval passk --run run --k 1,4,16
  feedbackgen eval calibration --in answers.jsonl --figure reliability.svg
  feedbackgen eval pairs --run run --rollouts 256 --json`,
		Args: cobra.ArbitraryArgs,
	}
	cmd.AddCommand(
		newEvalPassK(env), newEvalCalibration(env), newEvalDiversity(env), newEvalCorrection(env),
		newEvalAgreement(env), newEvalPairs(env), newEvalSparsity(env),
	)
	for _, sub := range cmd.Commands() {
		if sub.Args == nil {
			sub.Args = noArgs
		}
	}
	cmd.SuggestionsMinimumDistance = 3
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return unknownEval(cmd, args[0])
	}
	return cmd
}

// unknownEval says what there is instead.
func unknownEval(cmd *cobra.Command, name string) error {
	names := lo.Map(cmd.Commands(), func(sub *cobra.Command, _ int) string { return sub.Name() })
	near := ""
	if suggestions := cmd.SuggestionsFor(name); len(suggestions) > 0 {
		near = fmt.Sprintf("did you mean %s? ", suggestions[0])
	}
	return usage("unknown eval %q: %sthere are %s", name, near, strings.Join(names, ", "))
}

// evaluation is what an eval has found.
type evaluation interface {
	fmt.Stringer
	Figure() figure.Figure
}

// evalOutput is where an evaluation goes.
type evalOutput struct {
	env    environment
	json   bool
	figure string
	format string
}

func (o *evalOutput) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON instead of a table")
	cmd.Flags().StringVar(&o.figure, "figure", "", "also draw a picture, to a file that ends in .svg or .png")
}

// check finds out before anything is measured whether the picture can be drawn.
func (o *evalOutput) check() (err error) {
	if o.figure != "" {
		o.format, err = figure.Format(o.figure)
	}
	return err
}

// show draws the picture, then prints the result.
func (o *evalOutput) show(found evaluation) error {
	if o.figure != "" {
		if err := o.draw(found.Figure()); err != nil {
			return err
		}
	}
	if o.json {
		return writeJSON(o.env.stdout, found)
	}
	_, err := fmt.Fprint(o.env.stdout, found.String())
	return err
}

func (o *evalOutput) draw(picture figure.Figure) error {
	image, err := picture.Render(o.format)
	if err != nil {
		return fmt.Errorf("%s: %w", o.figure, err)
	}
	file, err := createOutput(o.figure)
	if err != nil {
		return err
	}
	_, err = file.Write(image)
	if ended := file.end(err); err == nil {
		err = ended
	}
	return err
}

var (
	_ evaluation = evals.PassK{}
	_ evaluation = evals.PassKPair{}
	_ evaluation = evals.Calibration{}
	_ evaluation = evals.Diversity{}
	_ evaluation = evals.Correction{}
	_ evaluation = evals.Agreement{}
	_ evaluation = evals.Pairs{}
	_ evaluation = evals.Sparsity{}
)
