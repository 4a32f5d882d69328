package format

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/feedbackgen/feedbackgen"
)

// modelVersion changes when features or distance do: a model of other features classifies nothing.
const modelVersion = 1

// modelJSON is a model's file.
type modelJSON struct {
	Version int         `json:"version"`
	Cut     float64     `json:"cut"`
	Other   int         `json:"other"`
	Classes []classJSON `json:"classes"`
}

type classJSON struct {
	Name  string    `json:"name"`
	Count int       `json:"count"`
	Mean  pointJSON `json:"mean"`
}

// pointJSON names the features of a mean; those that are 0 are left out.
type pointJSON struct {
	Lines     map[string]float64 `json:"lines"`
	LinesWith map[string]float64 `json:"lines_with"`
	Letters   map[string]float64 `json:"letters"`
	Answers   map[string]float64 `json:"answers"`
	Density   float64            `json:"density"`
	Log2Bytes float64            `json:"log2_bytes"`
	Log2Lines float64            `json:"log2_lines"`
}

var (
	errVersion = errors.New("it was made by another version of feedbackgen")
	errModel   = errors.New("not a model of formats")
)

// MarshalJSON writes the model with its features named. The same model gives the same bytes.
func (m Model) MarshalJSON() ([]byte, error) {
	file := modelJSON{Version: modelVersion, Cut: m.cut, Other: m.OtherCount, Classes: []classJSON{}}
	for _, c := range m.Classes {
		file.Classes = append(file.Classes, classJSON{c.Name, c.Count, pointJSON{
			Lines:     named(c.mean.lines[:], lineNames()),
			LinesWith: named(c.mean.marks[:], markNames()),
			Letters:   named(c.mean.scripts[:], scriptNames()),
			Answers:   named(c.mean.answers[:], answerNames()),
			Density:   c.mean.density, Log2Bytes: c.mean.bytes, Log2Lines: c.mean.rows,
		}})
	}
	return json.Marshal(file)
}

// UnmarshalJSON reads a model, which then classifies as the one that was written.
func (m *Model) UnmarshalJSON(data []byte) error {
	var file modelJSON
	if err := json.Unmarshal(data, &file); err != nil {
		return unreadable(err)
	}
	if file.Version != modelVersion {
		return unreadable(fmt.Errorf("%w: version %d, not %d", errVersion, file.Version, modelVersion))
	}
	read := Model{cut: file.Cut, OtherCount: file.Other}
	if !(file.Cut > 0) || file.Other < 0 || len(file.Classes) == 0 {
		return unreadable(fmt.Errorf("%w: it needs a cut above 0, and classes", errModel))
	}
	for _, c := range file.Classes {
		class := Class{Name: c.Name, Count: c.Count}
		class.mean.density, class.mean.bytes, class.mean.rows = c.Mean.Density, c.Mean.Log2Bytes, c.Mean.Log2Lines
		err := errors.Join(
			unname(class.mean.lines[:], lineNames(), c.Mean.Lines),
			unname(class.mean.marks[:], markNames(), c.Mean.LinesWith),
			unname(class.mean.scripts[:], scriptNames(), c.Mean.Letters),
			unname(class.mean.answers[:], answerNames(), c.Mean.Answers),
		)
		if err == nil && (c.Count < 0 || c.Mean.Log2Bytes < 0 || c.Mean.Log2Lines < 0 || c.Mean.Density < 0 || c.Mean.Density > 1+1e-9) {
			err = fmt.Errorf("%w: a count, a length or the density is out of bounds", errModel)
		}
		if err != nil {
			return unreadable(fmt.Errorf("class %q: %w", c.Name, err))
		}
		read.Classes = append(read.Classes, class)
	}
	*m = read
	return nil
}

func unreadable(err error) error {
	return &feedbackgen.Failure{
		Kind: feedbackgen.ErrInput, Op: "read formats", Cause: err, Hint: "fit a new model on the base policy's completions",
	}
}

func named(values []float64, names []string) map[string]float64 {
	all := map[string]float64{}
	for i, v := range values {
		if v != 0 {
			all[names[i]] = v
		}
	}
	return all
}

func unname(values []float64, names []string, all map[string]float64) error {
	known := 0
	for i, name := range names {
		v, has := all[name]
		if !has {
			continue
		}
		if !(v >= 0 && v <= 1+1e-9) { // a mean of shares is rounded
			return fmt.Errorf("%w: the share of %s is %v", errModel, name, v)
		}
		values[i] = v
		known++
	}
	if known != len(all) {
		return fmt.Errorf("%w: it has features that this version does not know", errModel)
	}
	return nil
}
