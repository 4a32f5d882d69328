package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/evals"
	"github.com/feedbackgen/feedbackgen/measure/calibration"
)

// rowEval is an eval over rows: its command's text, the kinds of record that it reads of a run (none:
// it reads files only), and what it makes of rows.
type rowEval struct {
	use, short, long, example, rows string
	kinds                           []feedbackgen.Kind
	measure                         func(rows) (evaluation, error)
	check                           func() error
}

func (e *rowEval) command(env environment) *cobra.Command {
	var in evalInput
	out := evalOutput{env: env}
	cmd := &cobra.Command{
		Use: e.use, Short: e.short, Long: e.long, Example: e.example,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := interruptible(cmd.Context(), env.signals)
			defer cancel()
			if err := e.ready(&in, &out); err != nil {
				return err
			}
			return e.run(ctx, env, &in, &out)
		},
	}
	in.filesOnly = len(e.kinds) == 0
	in.register(cmd.Flags(), e.rows)
	out.register(cmd)
	return cmd
}

func (e *rowEval) ready(in *evalInput, out *evalOutput) error {
	if err := in.check(); err != nil {
		return err
	}
	if e.check != nil {
		if err := e.check(); err != nil {
			return err
		}
	}
	return out.check()
}

func (e *rowEval) run(ctx context.Context, env environment, in *evalInput, out *evalOutput) error {
	var found evaluation
	err := in.read(ctx, env.stdin, func(rows rows) (err error) {
		found, err = e.measure(rows)
		return err
	}, e.kinds...)
	if err != nil {
		return err
	}
	return out.show(found)
}

func newEvalCalibration(env environment) *cobra.Command {
	var fields evals.ConfidenceFields
	bins := 0
	e := rowEval{
		use: "calibration", short: "Whether stated confidence means anything",
		long: `calibration compares confidence with truth: calibration error, Brier score with its parts, ranking
(AUROC, AURC), and the reliability table. A postcomp run's assessments have three confidences, side
by side: stated in words, of the verdict's first token, and agreement with the other answers.

--figure draws the reliability diagram.`,
		example: `  feedbackgen eval calibration --run run --figure reliability.svg
  feedbackgen eval calibration --in answers.jsonl --confidence scores.p --correct grade.right --bins 10`,
		rows:  `{"confidence":0.8,"correct":true,"problem":"p1"} ("problem" if there are several of one), or assessments.jsonl`,
		kinds: []feedbackgen.Kind{feedbackgen.KindAssessment},
		measure: func(rows rows) (evaluation, error) {
			answers, err := evals.ReadAnswers(rows, fields)
			if err != nil {
				return nil, err
			}
			return evals.EvalCalibration(answers, bins)
		},
		check: func() error {
			if bins < 1 || bins > 1000 {
				return usage("--bins %d: must be from 1 to 1000", bins)
			}
			return nil
		},
	}
	cmd := e.command(env)
	cmd.Flags().StringVar(&fields.Confidence, "confidence", "", "the confidence's field, as a dotted path (default: confidence)")
	cmd.Flags().StringVar(&fields.Correct, "correct", "", "the field that says whether the answer is right, as a dotted path (default: correct)")
	cmd.Flags().IntVar(&bins, "bins", calibration.Bins, "bins of the reliability table")
	return cmd
}

func newEvalDiversity(env environment) *cobra.Command {
	e := rowEval{
		use: "diversity", short: "How much completions differ",
		long: `diversity measures how much the completions of one problem differ, and those of all together:
distinct n-grams, self-BLEU, compression, the Vendi score, and final answers where records tell them.
Training on a model's own behaviour narrows it while accuracy rises, so it has to be measured apart.`,
		example: "  feedbackgen eval diversity --run run\n  feedbackgen eval diversity --in completions.jsonl --json",
		rows:    `{"problem":"p1","completions":["...","..."]} or {"problem":"p1","completion":"..."}, or groups.jsonl`,
		kinds:   []feedbackgen.Kind{feedbackgen.KindGroup},
		measure: func(rows rows) (evaluation, error) {
			texts, err := evals.ReadTexts(rows)
			return evals.EvalDiversity(texts), err
		},
	}
	return e.command(env)
}

func newEvalCorrection(env environment) *cobra.Command {
	e := rowEval{
		use: "correction", short: "What a second attempt changes",
		long: `correction says what further attempts at an answer bring: how many wrong ones are mended, how many
right ones spoilt. Accuracy alone hides that a model which never touches its answer and one that
mends as many as it spoils gain equally little.`,
		example: "  feedbackgen eval correction --run run\n  feedbackgen eval correction --in attempts.jsonl --figure correction.png",
		rows:    `{"problem":"p1","first":true,"second":false}, or episodes.jsonl`,
		kinds:   []feedbackgen.Kind{feedbackgen.KindEpisode},
		measure: func(rows rows) (evaluation, error) {
			episodes, err := evals.ReadEpisodes(rows)
			if err != nil {
				return nil, err
			}
			return evals.EvalCorrection(episodes), nil
		},
	}
	return e.command(env)
}

func newEvalAgreement(env environment) *cobra.Command {
	e := rowEval{
		use: "agreement", short: "Whether judges agree beyond chance",
		long: `agreement compares raters of the same items: Krippendorff's alpha over all of them, and for each two
Cohen's kappa and PABAK. Labels are equal where they are spelled alike.`,
		example: "  feedbackgen eval agreement --in ratings.jsonl",
		rows:    `{"item":"q1","rater":"judge-a","label":"pass"}`,
		measure: func(rows rows) (evaluation, error) {
			ratings, err := evals.ReadRatings(rows)
			if err != nil {
				return nil, err
			}
			return evals.EvalAgreement(ratings)
		},
	}
	return e.command(env)
}
