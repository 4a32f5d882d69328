package export

import (
	_ "embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/feedbackgen/feedbackgen"
)

// Card is what README.md says of a run beside what stands in its records.
type Card struct {
	// Module made the records, such as "mcts".
	Module string
	// Policy and Sampling drew the completions.
	Policy   feedbackgen.Policy
	Sampling feedbackgen.Sampling
	// Problems is how many problems the records are from, and ProblemsDigest which, as
	// [feedbackgen.ProblemSet] has it.
	Problems       int
	ProblemsDigest string
	// StepSeparator stands between the steps of a solution; a trainer on steps has to join them
	// with the same. Empty if steps concatenate as they are, which has to be said, too: trainers have
	// defaults of their own.
	StepSeparator string
	// Counts is what happened in the run.
	Counts feedbackgen.Counts
	// Notes are further paragraphs, in Markdown.
	Notes []string
}

//go:embed card.md.tmpl
var cardTemplate string

// render writes the dataset card: YAML for machines, then text for people.
func (c Card) render(w io.Writer, files []*file) error {
	writeFrontMatter(w, files)
	functions := template.FuncMap{
		"code": code,
		"real": func(r feedbackgen.Real) string { return strconv.FormatFloat(float64(r), 'g', -1, 64) },
		"use":  useOf,
	}
	card, err := template.New("card").Funcs(functions).Parse(cardTemplate)
	if err != nil {
		return err
	}
	type count struct {
		Name string
		N    int64
	}
	var counts []count
	for _, name := range slices.Sorted(maps.Keys(c.Counts)) {
		counts = append(counts, count{name, c.Counts[name]})
	}
	type listed struct {
		Kind  feedbackgen.Kind
		Name  string
		Lines int
	}
	var list []listed
	for _, f := range files {
		list = append(list, listed{f.kind, fileName(f.kind), f.lines})
	}
	return card.Execute(w, struct {
		Card
		Files  []listed
		Counts []count
		Steps  string
	}{c, list, counts, pythonString(c.StepSeparator)})
}

// writeFrontMatter declares every file as a configuration with its columns, which is what makes
// datasets.load_dataset load the directory, with the same types whatever the first lines hold.
func writeFrontMatter(w io.Writer, files []*file) {
	fmt.Fprint(w, "---\ntags:\n- feedbackgen\n")
	for i, f := range files {
		if i == 0 {
			fmt.Fprint(w, "configs:\n")
		}
		fmt.Fprintf(w, "- config_name: %s\n  data_files: %s\n", f.kind, fileName(f.kind))
		if i == 0 {
			fmt.Fprint(w, "  default: true\n")
		}
	}
	for i, f := range files {
		if i == 0 {
			fmt.Fprint(w, "dataset_info:\n")
		}
		fmt.Fprintf(w, "- config_name: %s\n  features:\n", f.kind)
		f.columns.declareFields(w, "  ")
	}
	fmt.Fprint(w, "---\n")
}

// code sets a text that may hold anything, such as a model's name, as code within a line.
func code(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return "(none)"
	}
	return "`" + strings.NewReplacer("`", "'", "|", `\|`).Replace(text) + "`"
}

// pythonString is a string literal: for what separates steps, Go's and Python's are the same.
func pythonString(text string) string { return strconv.QuoteToASCII(text) }
