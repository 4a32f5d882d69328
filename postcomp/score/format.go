package score

import (
	"errors"
	"fmt"
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

// DefaultMarker ends the answer where a [Format] names no marker of its own. Serving stops at it.
const DefaultMarker = "<assess>"

// Names of the rewards whose truth this package knows by itself; all others are the caller's.
const (
	// RewardAccuracy is whether the answer is right.
	RewardAccuracy = "accuracy"
	// RewardFormat is whether the completion could be read; of one that could it is 1.
	RewardFormat = "format"
)

// Format is how completions are written. Its zero value is a format.
type Format struct {
	// Marker stands on a line of its own between answer and assessment; empty is [DefaultMarker].
	Marker string
	// Rewards names the numbers in a stated list, in order; empty is [RewardAccuracy] alone.
	Rewards []string
}

// Check returns an error that is [feedbackgen.ErrInput] if no completion could be told by the format.
// What Parse makes of text under such a format is not specified, except that it tiles the text.
func (f Format) Check() error {
	marker := f.marker()
	switch {
	case strings.TrimSpace(marker) != marker || strings.ContainsAny(marker, "\r\n"):
		return feedbackgen.BadInput("marker", fmt.Errorf("%q cannot stand on a line of its own", marker),
			"a marker is one line without blanks around it, such as "+DefaultMarker)
	case strings.Contains(everyStatement, strings.ToLower(marker)), readStatements(marker, nil).reason != NoConfidence,
		strings.ContainsFunc(marker, isDisguise):
		return feedbackgen.BadInput("marker", fmt.Errorf("%q looks like what comes after it", marker),
			"use a word that states neither rewards nor confidence, such as "+DefaultMarker)
	}
	seen := map[string]bool{}
	for _, name := range f.rewards() {
		if name == "" || seen[name] {
			return feedbackgen.BadInput("rewards", fmt.Errorf("name %q is empty or stands twice", name),
				"give every number of the list a name of its own")
		}
		seen[name] = true
	}
	return nil
}

// everyStatement holds all that stands in statements: a marker that is in it would be found in them.
const everyStatement = "<confidence>0.5</confidence> <rewards>[1, 0]</rewards> <reward></reward>" +
	" confidence: 85 % confidence = 8/10 reward: rewards: reward = rewards ="

// InAnswer reports whether the marker occurs anywhere in a text that is to stand before the marker.
// Such an answer has to be refused: serving would have stopped inside it.
func (f Format) InAnswer(answer string) bool { return strings.Contains(answer, f.marker()) }

func (f Format) marker() string {
	if f.Marker == "" {
		return DefaultMarker
	}
	return f.Marker
}

func (f Format) rewards() []string {
	if len(f.Rewards) == 0 {
		return []string{RewardAccuracy}
	}
	return f.Rewards
}

// Role is what a part of a completion is for.
type Role string

// The roles, in the order in which they first occur.
const (
	// Answer is everything before the marker's line, with the line break that ends it.
	Answer Role = "answer"
	// Marker is the marker's whole line, with its line break.
	Marker Role = "marker"
	// Evaluation is words about the answer.
	Evaluation Role = "evaluation"
	// Reward is what states rewards and confidence: whole lines, or tags.
	Reward Role = "reward"
)

// Segment is a part of a text: the bytes from Start, up to but not including End.
type Segment struct {
	Role       Role
	Start, End int
}

// In is the segment's text.
func (s Segment) In(text string) string { return text[s.Start:s.End] }

// Kind is how a confidence was written.
type Kind string

// The kinds, in order of preference: where two statements agree, the first of these is the kind.
const (
	// Tag: <confidence>0.85</confidence>, or a line "confidence: 0.85".
	Tag Kind = "tag"
	// Percent: "85 %", in a line or a tag.
	Percent Kind = "percent"
	// Fraction: "8/10", in a line or a tag.
	Fraction Kind = "fraction"
	// None: there is no confidence, or the completion is invalid.
	None Kind = "none"
)

// Kinds lists all four, in order of preference.
var Kinds = [...]Kind{Tag, Percent, Fraction, None}

// Reason says why a completion is invalid. There are only these, whatever the text, so that counts
// by reason stay small.
type Reason string

// The reasons, in the order in which they are looked for; within what is stated, the first that the
// text gives cause for.
const (
	NoMarker       Reason = "no marker"
	ManyMarkers    Reason = "more than one marker"
	InlineMarker   Reason = "marker not on a line of its own"
	NoAnswer       Reason = "no answer before the marker"
	BrokenTag      Reason = "a tag is unmatched, nested or too long"
	NotANumber     Reason = "a confidence is not a number"
	LongNumber     Reason = "a number is too long"
	OutOfRange     Reason = "a number is out of range"
	NotAList       Reason = "rewards are not a list of numbers"
	ListLength     Reason = "not as many rewards as were asked for"
	Disagree       Reason = "two confidences disagree"
	ListsDisagree  Reason = "two lists of rewards disagree"
	ManyStatements Reason = "rewards or confidence are stated too often"
	NoConfidence   Reason = "no confidence"
	Disguised      Reason = "hidden or look-alike characters change what is stated"
)

// errNotFinite is the cause of refusing a reward.
var errNotFinite = errors.New("not a finite number")
