package judge

import (
	"bufio"
	"bytes"
	_ "embed" // for the anchors that ship
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/feedbackgen/feedbackgen"
)

//go:embed anchors/default.jsonl
var shippedAnchors []byte

// longestLine is how long a line of anchors may be, in bytes.
const longestLine = 16 << 20

const knownHint = `every line is one object, such as {"id":"a1","task":"What is 3+4?","rubrics":["Gives the number as 7."],"reference":"7","right":["It is 7."],"wrong":["It is 8."]}`

// DefaultAnchors are the tasks that ship with the package: small texts about invented things, with a
// question that the text answers, one right answer and two plausible wrong ones each. They tell little
// about judging long answers or special subjects; [LoadKnown] reads anchors of one's own.
func DefaultAnchors() []Known {
	known, err := LoadKnown(bytes.NewReader(shippedAnchors), "default.jsonl")
	if err != nil {
		panic(fmt.Sprintf("the anchors that ship are broken: %v", err)) // a build that no test lets through
	}
	return known
}

// LoadKnown reads tasks with answers whose truth is known, one JSON object a line: id (unique), task,
// rubrics, reference (may be left out), right (at least one answer) and wrong (may be left out). Blank
// lines are skipped. Whatever else a line holds is refused, as are empty answers, which [Plant] adds
// by itself, and an answer that stands twice. Name is what errors call the file; bad lines are
// [feedbackgen.ErrInput].
func LoadKnown(r io.Reader, name string) ([]Known, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), longestLine)
	var all []Known
	lineOf := map[string]int{}
	number := 0
	for lines.Scan() {
		number++
		line := lines.Bytes()
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		subject := fmt.Sprintf("%s:%d", name, number)
		known, err := parseKnown(line)
		if err != nil {
			return nil, feedbackgen.BadInput(subject, err, knownHint)
		}
		if hint, err := checkKnown(known); err != nil {
			return nil, feedbackgen.BadInput(subject, err, hint)
		}
		if first, seen := lineOf[known.Task.ID]; seen {
			return nil, feedbackgen.BadInput(subject, fmt.Errorf("the id %q stands in line %d as well", known.Task.ID, first), "give every task an id of its own")
		}
		lineOf[known.Task.ID] = number
		all = append(all, known)
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, feedbackgen.BadInput(fmt.Sprintf("%s:%d", name, number+1), fmt.Errorf("the line is longer than %d MiB", longestLine>>20), knownHint)
	case err != nil:
		return nil, &feedbackgen.Failure{Op: "read anchors", Subject: name, Cause: err}
	case len(all) == 0:
		return nil, feedbackgen.BadInput(name, errors.New("there are no anchors"), knownHint)
	}
	return all, nil
}

// parseKnown reads keys one by one, because [json.Unmarshal] takes keys in any case, and the last of
// equal ones.
func parseKnown(line []byte) (Known, error) {
	if !utf8.Valid(line) {
		return Known{}, errors.New("not valid UTF-8")
	}
	in := json.NewDecoder(bytes.NewReader(line))
	if open, err := in.Token(); err != nil || open != json.Delim('{') {
		return Known{}, errors.New("not a JSON object")
	}
	var k Known
	fields := map[string]any{
		"id": &k.Task.ID, "task": &k.Task.Text, "rubrics": &k.Task.Rubrics, "reference": &k.Task.Reference,
		"right": &k.Right, "wrong": &k.Wrong,
	}
	seen := map[string]bool{}
	for in.More() {
		token, err := in.Token()
		if err != nil {
			return Known{}, fmt.Errorf("not valid JSON: %w", cut(err))
		}
		key, _ := token.(string) // the decoder lets nothing else stand here
		field, known := fields[key]
		switch {
		case !known:
			return Known{}, fmt.Errorf("unknown key %q", key)
		case seen[key]:
			return Known{}, fmt.Errorf("the key %q stands twice", key)
		}
		seen[key] = true
		if err := in.Decode(field); err != nil {
			return Known{}, fmt.Errorf("%q cannot be read: %w", key, cut(err))
		}
	}
	if _, err := in.Token(); err != nil {
		return Known{}, fmt.Errorf("not valid JSON: %w", cut(err))
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return Known{}, errors.New("something stands after the object")
	}
	return k, nil
}

// cut names the end of a line for what it is.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the line ends too early")
	}
	return err
}

// checkKnown says what is wrong with a task or its answers, and what would help.
func checkKnown(k Known) (hint string, err error) {
	if strings.TrimSpace(k.Task.ID) == "" {
		return "give every task an id of its own", errors.New("the id is missing or empty")
	}
	if err := k.Task.Check(); err != nil {
		return "a judge needs a task and at least one rubric", err
	}
	if len(k.Right) == 0 {
		return `give at least one as "right", in other words than the reference`, errors.New("there is no right answer")
	}
	written := append([]string{k.Task.ID, k.Task.Text, k.Task.Reference}, k.Task.Rubrics...)
	truth := map[string]bool{}
	for i, answer := range append(append([]string{}, k.Right...), k.Wrong...) {
		right := i < len(k.Right)
		before, seen := truth[plain(answer)]
		switch {
		case plain(answer) == "":
			return "leave empty answers out: they are planted by code", errors.New("an answer is empty")
		case len(answer) > MaxText:
			return "shorten it, or leave it out", fmt.Errorf("an answer is longer than %d bytes", MaxText)
		case seen && before != right:
			return "leave it out of one of them", errors.New("an answer stands among the right and among the wrong ones")
		case seen:
			return "leave it out once", errors.New("an answer stands twice")
		case !right && plain(answer) == plain(k.Task.Reference):
			return "leave it out of one of them", errors.New("the reference stands among the wrong answers")
		}
		truth[plain(answer)] = right
		written = append(written, answer)
	}
	for _, text := range written {
		if strings.ContainsRune(text, utf8.RuneError) {
			return `mend the text, or its escape such as \ud83d`, errors.New("a text holds a broken character (U+FFFD)")
		}
	}
	return "", nil
}
