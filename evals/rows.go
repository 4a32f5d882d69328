package evals

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/store"
)

// longestLine bounds a line of a file, in bytes.
const longestLine = 64 << 20

// Row is one line of JSON, and where it stands.
type Row struct {
	// Where is the line's place for messages, such as "rows.jsonl:7".
	Where string
	// Hint says what a row looks like, for messages.
	hint string
	json gjson.Result
}

// Lines reads JSON Lines. Blank lines are skipped. The first error, which is of kind
// [feedbackgen.ErrInput] and names the line, ends the rows; so does there being none.
func Lines(name string, r io.Reader) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 0, 1<<16), longestLine)
		number, rows := 0, 0
		for lines.Scan() {
			number++
			line := bytes.TrimSpace(lines.Bytes())
			if len(line) == 0 {
				continue
			}
			row, err := parseRow(fmt.Sprintf("%s:%d", name, number), string(line))
			if rows++; !yield(row, err) || err != nil {
				return
			}
		}
		switch err := lines.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			yield(Row{}, feedbackgen.BadInput(fmt.Sprintf("%s:%d", name, number+1), errors.New("the line is longer than 64 MiB"), lineHint))
		case err != nil:
			yield(Row{}, &feedbackgen.Failure{Op: "read", Subject: name, Cause: err})
		case rows == 0:
			yield(Row{}, feedbackgen.BadInput(name, errors.New("there are no rows in it"), lineHint))
		}
	}
}

const lineHint = "every line is one JSON object"

func parseRow(where, line string) (Row, error) {
	if !gjson.Valid(line) {
		return Row{}, feedbackgen.BadInput(where, errors.New("not valid JSON"), lineHint)
	}
	row := Row{Where: where, json: gjson.Parse(line)}
	if !row.json.IsObject() {
		return Row{}, feedbackgen.BadInput(where, fmt.Errorf("it is %s, not an object", kindOf(row.json)), lineHint)
	}
	return row, nil
}

// Records reads the records of a run as the module made them, before any guard was asked: each
// problem's lines together, in the order of the kinds given. Without kinds it reads all.
func Records(ctx context.Context, run *store.Reader, name string, kinds ...feedbackgen.Kind) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if len(kinds) == 0 {
			all, err := run.Kinds(ctx)
			if err != nil {
				yield(Row{}, err)
				return
			}
			kinds = all
		}
		number := 0
		for lines, err := range run.Results(ctx, kinds) {
			if err != nil {
				yield(Row{}, err)
				return
			}
			for _, line := range lines {
				number++
				row, err := parseRow(fmt.Sprintf("%s, record %d", name, number), string(line.JSON))
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
		if number == 0 {
			names := make([]string, len(kinds))
			for i, kind := range kinds {
				names[i] = string(kind)
			}
			yield(Row{}, feedbackgen.BadInput(name, fmt.Errorf("the run has no records of %s", cmp.Or(strings.Join(names, ", "), "any kind")),
				"`feedbackgen report --run DIR` shows what it has"))
		}
	}
}

// asking is the row with a hint of what is expected of it.
func (r Row) asking(hint string) Row {
	r.hint = hint
	return r
}

// bad is an error about the row.
func (r Row) bad(format string, args ...any) error {
	return feedbackgen.BadInput(r.Where, fmt.Errorf(format, args...), r.hint)
}

// has reports whether there is anything but null at a dotted path.
func (r Row) has(path string) bool { return r.at(path).Type != gjson.Null }

func (r Row) at(path string) gjson.Result { return r.json.Get(path) }

// missing is the error that a field is not there, with the fields that are.
func (r Row) missing(path string) error {
	var keys []string
	r.json.ForEach(func(key, _ gjson.Result) bool {
		keys = append(keys, key.String())
		return len(keys) < 8
	})
	if len(keys) == 0 {
		return r.bad("no %q in it", path)
	}
	return r.bad("no %q in it, but %s", path, strings.Join(keys, ", "))
}

// text is a string, or a number or truth value as it is spelled.
func (r Row) text(path string) (string, error) {
	switch value := r.at(path); value.Type {
	case gjson.Null:
		return "", r.missing(path)
	case gjson.JSON:
		return "", r.bad("%q is %s, not text", path, kindOf(value))
	default:
		return value.String(), nil
	}
}

// number is a finite number.
func (r Row) number(path string) (float64, error) {
	value := r.at(path)
	if value.Type == gjson.Null {
		return 0, r.missing(path)
	}
	if value.Type != gjson.Number || math.IsInf(value.Num, 0) || math.IsNaN(value.Num) {
		return 0, r.bad("%q is %s, not a number", path, short(value))
	}
	return value.Num, nil
}

// whole is a whole number of at least 0.
func (r Row) whole(path string) (int, error) {
	value, err := r.number(path)
	if err != nil {
		return 0, err
	}
	if value != math.Trunc(value) || value < 0 || value > 1<<40 {
		return 0, r.bad("%q is %s, not a whole number of at least 0", path, short(r.at(path)))
	}
	return int(value), nil
}

// outcome is one of the five outcomes, or true or 1 for pass and false or 0 for fail.
func (r Row) outcome(path string) (feedbackgen.Outcome, error) {
	value := r.at(path)
	if value.Type == gjson.Null {
		return "", r.missing(path)
	}
	return r.outcomeOf(path, value)
}

func (r Row) outcomeOf(path string, value gjson.Result) (feedbackgen.Outcome, error) {
	switch {
	case value.Type == gjson.True, value.Type == gjson.Number && value.Num == 1:
		return feedbackgen.Pass, nil
	case value.Type == gjson.False, value.Type == gjson.Number && value.Num == 0:
		return feedbackgen.Fail, nil
	}
	if outcome := feedbackgen.Outcome(value.Str); value.Type == gjson.String && slices.Contains(feedbackgen.Outcomes[:], outcome) {
		return outcome, nil
	}
	return "", r.bad("%q is %s, neither true or false, 1 or 0, nor an outcome such as \"pass\"", path, short(value))
}

// outcomes is a list of outcomes.
func (r Row) outcomes(path string) ([]feedbackgen.Outcome, error) {
	value := r.at(path)
	if !value.IsArray() {
		return nil, r.bad("%q is %s, not a list of outcomes", path, kindOf(value))
	}
	var all []feedbackgen.Outcome
	for _, element := range value.Array() {
		outcome, err := r.outcomeOf(path, element)
		if err != nil {
			return nil, err
		}
		all = append(all, outcome)
	}
	return all, nil
}

// completion is a trainer's column as text: a string, or what the assistant says in a conversation.
func completion(value gjson.Result) string {
	if value.Type == gjson.String {
		return value.Str
	}
	var said []string
	for _, message := range value.Array() {
		if message.Get("role").Str == feedbackgen.RoleAssistant {
			said = append(said, message.Get("content").Str)
		}
	}
	return strings.Join(said, "\n")
}

// problem is the problem's id, in either place: of a record, or of a bare row.
func (r Row) problem() (string, bool) {
	for _, path := range []string{"feedback.problem", "problem"} {
		if value := r.at(path); value.Type == gjson.String || value.Type == gjson.Number {
			return value.String(), true
		}
	}
	return "", false
}

func kindOf(value gjson.Result) string {
	switch {
	case value.IsObject():
		return "an object"
	case value.IsArray():
		return "a list"
	case value.Type == gjson.String:
		return "text"
	case value.Type == gjson.Number:
		return "a number"
	case value.Type == gjson.Null:
		return "null"
	}
	return "a truth value"
}

// short is a value as it is written, cut where it is long: it goes into messages.
func short(value gjson.Result) string {
	const most = 40
	text := []rune(value.Raw)
	if len(text) > most {
		return string(text[:most]) + "..."
	}
	return string(text)
}
