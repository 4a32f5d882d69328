package score

import "strings"

// Assessment is what a completion says of itself.
type Assessment struct {
	// Segments tile the text byte for byte: the first starts at 0, each next one where the last ended,
	// and none is empty. An invalid text is tiled too.
	Segments []Segment
	// Confidence is the stated chance that the answer is right, in [0, 1]; nil where Invalid says why.
	Confidence *float64
	// Kind is how the confidence was written.
	Kind Kind
	// Predicted is what the completion says that it earns, by name, each in [0, 1]: the stated list, or
	// else the confidence for [RewardAccuracy]. Nil where Invalid says why.
	Predicted map[string]float64
	// Listed says that Predicted comes from a stated list.
	Listed bool
	// Invalid is why nothing could be read, or "".
	Invalid Reason
}

// Answer is the part of the text before the marker's line, or all of it where there is no marker.
func (a Assessment) Answer(text string) string {
	if len(a.Segments) > 0 && a.Segments[0].Role == Answer {
		return a.Segments[0].In(text)
	}
	return ""
}

// Parse reads a whole completion: answer, marker, evaluation, and what is stated. It takes
//
//	<confidence>0.85</confidence>  <reward>[1, 0]</reward>
//	confidence: 0.85               reward: [1, 0]
//	confidence: 85 %
//	confidence: 8/10
//
// after the marker, in any order and case, with emphasis or a list's bullet around. A number is
// plain ASCII decimals without an exponent. What is stated twice has to agree. A list has exactly as
// many numbers as the format names, each in [0, 1]. Nothing is guessed: a line or tag that begins
// like one of these and reads otherwise makes the completion invalid.
func Parse(text string, f Format) Assessment {
	marker := f.marker()
	at := strings.Index(text, marker)
	if at < 0 {
		return Assessment{Segments: appendSegment(nil, Answer, 0, len(text)), Kind: None, Invalid: NoMarker}
	}
	start, end, alone := markerLine(text, at, at+len(marker))
	segments := appendSegment(make([]Segment, 0, 4), Answer, 0, start)
	segments = appendSegment(segments, Marker, start, end)
	var reason Reason
	switch {
	case strings.Contains(text[at+1:], marker):
		reason = ManyMarkers
	case !alone:
		reason = InlineMarker
	case isBlank(text[:start]):
		reason = NoAnswer
	}
	if reason != "" {
		segments = appendSegment(segments, Evaluation, end, len(text))
		return Assessment{Segments: segments, Kind: None, Invalid: reason}
	}
	return assess(text, end, segments, f)
}

// ParseAfter reads text that was generated after a marker which the caller set: evaluation and what
// is stated. Spans count from the text's own beginning.
func ParseAfter(text string, f Format) Assessment {
	if strings.Contains(text, f.marker()) {
		return Assessment{Segments: appendSegment(nil, Evaluation, 0, len(text)), Kind: None, Invalid: ManyMarkers}
	}
	return assess(text, 0, nil, f)
}

// assess reads what stands in text from a place on, and appends its segments.
func assess(text string, from int, segments []Segment, f Format) Assessment {
	names := f.rewards()
	found := readStatements(text[from:], names)
	if found.reason == "" && disguised(text[from:], names, found) {
		found.reason = Disguised
	}
	if found.reason != "" {
		segments = appendSegment(segments, Evaluation, from, len(text))
		return Assessment{Segments: segments, Kind: None, Invalid: found.reason}
	}
	a := Assessment{
		Segments:   stateSegments(segments, text, from, found.spans),
		Confidence: new(found.confidence),
		Kind:       found.kind,
		Listed:     found.rewards != nil,
	}
	if !a.Listed {
		a.Predicted = map[string]float64{RewardAccuracy: found.confidence}
		return a
	}
	a.Predicted = make(map[string]float64, len(names))
	for i, name := range names {
		a.Predicted[name] = found.rewards[i]
	}
	return a
}

// markerLine widens the marker to its line, with the line break, if nothing but blanks stands beside it.
func markerLine(text string, from, to int) (start, end int, alone bool) {
	start = strings.LastIndexByte(text[:from], '\n') + 1
	end = len(text)
	if line := strings.IndexByte(text[to:], '\n'); line >= 0 {
		end = to + line + 1
	}
	if isBlank(text[start:from]) && isBlank(text[to:end]) {
		return start, end, true
	}
	return from, to, false
}

// stateSegments tiles text from a place on: what states something is reward, with the blanks after
// it; the rest is evaluation.
func stateSegments(segments []Segment, text string, from int, spans []span) []Segment {
	at := from
	for _, s := range spans {
		start, end := from+s.start, from+s.end
		segments = appendGap(segments, text, at, start)
		segments = appendSegment(segments, Reward, start, end)
		at = end
	}
	return appendGap(segments, text, at, len(text))
}

func appendGap(segments []Segment, text string, start, end int) []Segment {
	role := Evaluation
	if n := len(segments); n > 0 && segments[n-1].Role == Reward && isBlank(text[start:end]) {
		role = Reward
	}
	return appendSegment(segments, role, start, end)
}

// appendSegment leaves out what is empty, and lets the last segment grow if the role is the same.
func appendSegment(segments []Segment, role Role, start, end int) []Segment {
	if start == end {
		return segments
	}
	if n := len(segments); n > 0 && segments[n-1].Role == role {
		segments[n-1].End = end
		return segments
	}
	return append(segments, Segment{Role: role, Start: start, End: end})
}

// isBlank knows ASCII's blanks only: others are characters that a text hides in.
func isBlank(text string) bool { return strings.Trim(text, " \t\r\n") == "" }
