package evals

import (
	"context"
	"fmt"
	"strings"

	"github.com/samber/lo"

	"github.com/feedbackgen/feedbackgen/evals/figure"
	"github.com/feedbackgen/feedbackgen/measure/sparsity"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
)

// Sparsity is how much of a model an update left as it was.
type Sparsity struct {
	sparsity.Report
	// Overlap is null without another update.
	Overlap *sparsity.Overlap `json:"overlap"`
	Notes   []string          `json:"notes"`
}

// EvalSparsity compares a tuned model with its base, and with another tuned one unless that is nil.
func EvalSparsity(ctx context.Context, base, tuned, other *safetensors.Checkpoint, options sparsity.Options) (Sparsity, error) {
	report, err := sparsity.Compare(ctx, base, tuned, options)
	if err != nil {
		return Sparsity{}, err
	}
	s := Sparsity{Report: report, Notes: []string{}}
	if other != nil {
		overlap, err := sparsity.CompareUpdates(ctx, base, tuned, other)
		if err != nil {
			return Sparsity{}, err
		}
		s.Overlap = &overlap
	}
	s.Notes = append(s.Notes, fmt.Sprintf("unchanged means an update of at most %.4g after rounding to bfloat16: what bfloat16 inference would see, not whether the optimizer stood still", report.Tolerance))
	if report.Ranks != nil && len(report.Ranks.LeftOut) > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%d matrices are larger than %d on their smaller side, and their ranks were not computed; JSON lists them", len(report.Ranks.LeftOut), report.Ranks.Limit))
	}
	return s, nil
}

// String is the table.
func (s Sparsity) String() string {
	var t table
	t.row("", "unchanged", "matrix mean", "tensors", "weights")
	row := func(name string, share sparsity.Share) {
		t.row(name, number(share.Share), number(share.MatrixMean), fmt.Sprint(share.Tensors), fmt.Sprint(share.Elements))
	}
	row("overall", s.Overall)
	if s.Exact.Tensors > 0 {
		row("integers", s.Exact)
	}
	for _, groups := range [][]sparsity.Group{s.Layers, s.Kinds} {
		t.row("")
		for _, g := range groups {
			row(g.Name, g.Share)
		}
	}
	text := t.String()
	if s.Ranks != nil {
		text += fmt.Sprintf("\neffective rank of the update: %s on average over %d matrices\n", number(s.Ranks.Mean), s.Ranks.Matrices)
	}
	if s.Overlap != nil {
		text += fmt.Sprintf("\nTUNED changed %d of %d weights, OTHER %d, both %d\n", s.Overlap.ChangedA, s.Overlap.Elements, s.Overlap.ChangedB, s.Overlap.Both)
		text += fmt.Sprintf("of the weights that TUNED changed, OTHER changed %s (by chance %s)\nof the weights that OTHER changed, TUNED changed %s (by chance %s)\n",
			number(s.Overlap.ShareOfA), number(s.Overlap.ChanceOfA), number(s.Overlap.ShareOfB), number(s.Overlap.ChanceOfB))
	}
	return text + notes(s.Notes)
}

// Figure is the share unchanged in each layer.
func (s Sparsity) Figure() figure.Figure {
	return figure.Figure{
		Title: "weights that the update left unchanged", X: "layer", Y: "share unchanged", High: 1, Shape: figure.Bars,
		Labels: lo.Map(s.Layers, func(g sparsity.Group, _ int) string {
			return g.Name[strings.LastIndexByte(g.Name, '.')+1:]
		}),
		Series: []figure.Series{{
			Name: "unchanged", Values: lo.Map(s.Layers, func(g sparsity.Group, _ int) *float64 { return g.Share.Share }),
		}},
	}
}
