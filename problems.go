package feedbackgen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
)

// ProblemSet is a file of problems that [CheckProblems] has read to its end and found good.
type ProblemSet struct {
	// Name is what messages call the file.
	Name string
	// Count is how many problems there are, at least 1.
	Count int
	// Answered is how many of them have an answer to check against.
	Answered int
	// Digest is the SHA-256 of the file's bytes, in hexadecimal.
	Digest string

	open func() (io.ReadCloser, error)
}

// CheckProblems reads all problems once and holds on to none of them: 10 million cost no more
// memory than 8-byte hashes of their ids. The file is one JSON object a line, in any mixture of
// three shapes:
//
//	{"id","prompt": text or messages, "answer"?, "verifier"?, "meta"?}    our own; id may be left out
//	{"question","answer": "... #### 72"}                                  GSM8K's
//	{"data_source","prompt","reward_model":{"ground_truth"},...}          verl's
//
// Blank lines, CRLF and a byte order mark are let pass, and null is the same as leaving out. All
// else that could mean something other than it says is refused: unknown keys, keys that stand
// twice, broken UTF-8, two problems of one id, messages that do not end with the user's. A line is
// at most 16 MiB long.
//
// The name is for messages. open is called once or more often, and has to give the same bytes each
// time. An error that is [ErrInput] names the file, the first bad line and the remedy; others are
// failures to read, or the context's.
func CheckProblems(ctx context.Context, name string, open func() (io.ReadCloser, error)) (ProblemSet, error) {
	return checkProblems(ctx, name, open, hashID)
}

func checkProblems(ctx context.Context, name string, open func() (io.ReadCloser, error), hash func(string) uint64) (ProblemSet, error) {
	set := ProblemSet{Name: name, open: open}
	ids := idSet{hash: hash}
	lines, err := set.read(ctx, func(p Problem, line int) error {
		set.Count++
		if p.HasAnswer() {
			set.Answered++
		}
		if !ids.add(p.ID) {
			return nil
		}
		return set.duplicate(ctx, p.ID, line)
	})
	if err != nil {
		return ProblemSet{}, err
	}
	if set.Count == 0 {
		return ProblemSet{}, BadInput("", fmt.Errorf("no problems in %s", name),
			`every line is one object, such as {"id":"p7","prompt":"..."}`)
	}
	set.Digest = lines.sum()
	return set, nil
}

// All yields the problems in the file's order, reading as it goes. It ends with the first error:
// the context's, a failure to read, or, as [ErrInput], that the file is not the one that was checked.
func (s ProblemSet) All(ctx context.Context) iter.Seq2[Problem, error] {
	return func(yield func(Problem, error) bool) {
		enough := errors.New("the loop was left")
		lines, err := s.read(ctx, func(p Problem, _ int) error {
			if !yield(p, nil) {
				return enough
			}
			return nil
		})
		switch {
		case errors.Is(err, enough):
		case err != nil:
			yield(Problem{}, err)
		case lines.sum() != s.Digest:
			yield(Problem{}, BadInput(s.Name, errors.New("the file has changed since it was checked"),
				"leave it alone while a run reads it"))
		}
	}
}

// read opens the file and hands over each problem with its line, up to the first error.
func (s ProblemSet) read(ctx context.Context, each func(p Problem, line int) error) (lines *lineReader, err error) {
	file, err := s.open()
	if err != nil {
		return nil, cannotRead(s.Name, err)
	}
	defer func() {
		if closed := file.Close(); closed != nil && err == nil {
			err = &Failure{Op: "read problems", Subject: s.Name, Cause: closed}
		}
	}()
	lines = newLineReader(s.Name, file)
	var parser problemParser
	for index := 0; ; index++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, err
		}
		p, err := parser.parse(line)
		if err != nil {
			return nil, lines.explain(err)
		}
		p.Index = index
		if p.ID == "" {
			p.ID = fmt.Sprintf("line-%d", lines.number)
		}
		if err := each(p, lines.number); err != nil {
			return nil, err
		}
	}
}

// duplicate reads again, from the beginning, which earlier line has the id of the given one. There
// may be none: then two ids have one hash.
func (s ProblemSet) duplicate(ctx context.Context, id string, line int) error {
	unique := errors.New("no earlier line has the id")
	_, err := s.read(ctx, func(p Problem, earlier int) error {
		switch {
		case earlier >= line:
			return unique
		case p.ID == id:
			return BadInput(fmt.Sprintf("%s:%d", s.Name, line), fmt.Errorf("id %q is taken by line %d", id, earlier),
				"every problem needs an id of its own, or none (it is then called line-N)")
		}
		return nil
	})
	if errors.Is(err, unique) {
		return nil
	}
	return err
}

// cannotRead is for a file of which not one byte could be read.
func cannotRead(name string, err error) error {
	hint := ""
	if errors.Is(err, fs.ErrNotExist) {
		hint = "check the path"
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // it says the name once more
	}
	return BadInput(name, err, hint)
}
