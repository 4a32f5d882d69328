package score

import (
	"math"
	"slices"
	"strings"
)

// maxStatements bounds how often one completion may state something, and so its segments.
const maxStatements = 16

// agreement is how far two numbers may lie apart and still say the same: rounding, no more.
const agreement = 1e-9

// span is a part of the text that states something.
type span struct{ start, end int }

// statements is what a text states. After a reason nothing else holds.
type statements struct {
	confidence float64
	kind       Kind
	rewards    []float64
	spans      []span
	reason     Reason
}

// readStatements reads tags and, in the text between them, lines. Time is linear: a tag is short, and
// the first thing that is wrong ends the reading.
func readStatements(text string, names []string) statements {
	found := statements{kind: None}
	for at := 0; found.reason == ""; {
		tag, reason := nextTag(text, at)
		found.readLines(text, at, tag.start, names)
		if found.reason == "" {
			found.reason = reason
		}
		if found.reason != "" || tag.name == "" {
			break
		}
		found.read(tag.name, tag.content, tag.span, names)
		at = tag.end
	}
	if found.reason == "" && found.kind == None {
		found.reason = NoConfidence
	}
	return found
}

// readLines reads the lines of text[from:to] that begin with a name and a colon or an equals sign.
func (f *statements) readLines(text string, from, to int, names []string) {
	for at := from; at < to && f.reason == ""; {
		end := to
		if line := strings.IndexByte(text[at:to], '\n'); line >= 0 {
			end = at + line + 1
		}
		if name, value, ok := splitLine(text[at:end]); ok {
			f.read(name, value, span{at, end}, names)
		}
		at = end
	}
}

// read takes one statement.
func (f *statements) read(name, value string, where span, names []string) {
	if len(f.spans) == maxStatements {
		f.reason = ManyStatements
		return
	}
	f.spans = append(f.spans, where)
	if name == confidenceName {
		f.readConfidence(value)
		return
	}
	f.readRewards(value, names)
}

func (f *statements) readConfidence(value string) {
	confidence, kind, reason := parseConfidence(value)
	switch {
	case reason != "":
		f.reason = reason
	case f.kind == None:
		f.confidence, f.kind = confidence, kind
	case !agree(f.confidence, confidence):
		f.reason = Disagree
	case slices.Index(Kinds[:], kind) < slices.Index(Kinds[:], f.kind):
		f.confidence, f.kind = confidence, kind
	}
}

func (f *statements) readRewards(value string, names []string) {
	rewards, reason := parseList(value, len(names))
	switch {
	case reason != "":
		f.reason = reason
	case f.rewards == nil:
		f.rewards = rewards
	case !slices.EqualFunc(f.rewards, rewards, agree):
		f.reason = ListsDisagree
	}
}

func agree(a, b float64) bool { return math.Abs(a-b) <= agreement }
