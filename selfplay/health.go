package selfplay

import (
	"fmt"
	"slices"
)

// seen is what a round's health is measured on: one problem that was written.
type seen struct {
	readable, valid, active, novel bool
	drawn, parsed, judged, passes  int
	common                         string // what most solutions answer
	length                         int    // the median of the judged solutions, in bytes; 0 without any
}

// Health is what a round looks like as a whole. A share of nothing is nil.
type Health struct {
	// Of the Written problems, Readable have a text and an expression, and Posed of those are well posed.
	Written  int `json:"written"`
	Readable int `json:"readable"`
	Posed    int `json:"well_posed"`
	// Active problems are shown to lie in the band.
	Active int `json:"active"`
	// Valid is Posed of Written. InBand is Active of Posed.
	Valid  *float64 `json:"valid_share"`
	InBand *float64 `json:"in_band_share"`
	// Parsed is the share of all solutions drawn that could be read, Correct that of those that are
	// right.
	Parsed  *float64 `json:"parsed_share"`
	Correct *float64 `json:"correct_share"`
	// Distinct is the share of readable problems that are not nearly the same as one in memory or
	// earlier in the round.
	Distinct *float64 `json:"distinct_share"`
	// Repetition is the share of problems whose most common answer is the one that is most common over
	// all problems: the model answers the same whatever it is asked.
	Repetition *float64 `json:"answer_repetition"`
	// Length is the median over problems of the median length of their judged solutions, in bytes.
	Length *float64 `json:"median_length"`
}

// Alarms, by name.
const (
	AlarmValid      = "valid"
	AlarmParsed     = "parsed"
	AlarmInBand     = "in_band"
	AlarmDistinct   = "distinct"
	AlarmRepetition = "repetition"
	AlarmLength     = "length"
	// AlarmRefused: every call of the challenger's was refused, so that nothing was written.
	AlarmRefused = "refused"
	// AlarmJudge: anchors say that the judge may not be relied on.
	AlarmJudge = "judge"
	// AlarmDivergence: new skills help the tasks that they were written from and not held-out ones. It
	// undoes the skills, and leaves the round.
	AlarmDivergence = "divergence"
)

// AlarmNames lists all of them, in the order in which reports show them.
var AlarmNames = [...]string{AlarmValid, AlarmParsed, AlarmInBand, AlarmDistinct, AlarmRepetition, AlarmLength, AlarmRefused, AlarmJudge, AlarmDivergence}

// Limits of health. They are far from what a working loop shows, because a round of a chain has few
// problems: the embedded model has about .7 valid, 1.0 parsed, .4 in the band, 1.0 distinct.
const (
	// fewest problems for a share to say anything.
	fewest        = 8
	leastValid    = 0.15
	leastParsed   = 0.5
	leastInBand   = 0.05
	leastDistinct = 0.5
	mostRepeated  = 0.6
	// mostDrift is how many times longer or shorter than in the chain's first round solutions may get.
	mostDrift = 2.5
)

// Alarms are what is wrong with a round. first is the health of the chain's first round, to which
// lengths are compared; nil in that round itself. Shares of fewer than 8 problems ring no alarm.
func (h Health) Alarms(first *Health) []string {
	alarms := []string{}
	ring := func(name string, enough int, bad bool) {
		if enough >= fewest && bad {
			alarms = append(alarms, name)
		}
	}
	below := func(share *float64, limit float64) bool { return share != nil && *share < limit }
	ring(AlarmValid, h.Written, below(h.Valid, leastValid))
	ring(AlarmParsed, h.Posed, below(h.Parsed, leastParsed))
	ring(AlarmInBand, h.Posed, below(h.InBand, leastInBand))
	ring(AlarmDistinct, h.Readable, below(h.Distinct, leastDistinct))
	ring(AlarmRepetition, h.Posed, h.Repetition != nil && *h.Repetition > mostRepeated)
	if first != nil && first.Length != nil && h.Length != nil && *first.Length > 0 && *h.Length > 0 {
		ratio := *h.Length / *first.Length
		ring(AlarmLength, h.Posed, max(ratio, 1/ratio) > mostDrift)
	}
	return alarms
}

// why says what an alarm of [Health.Alarms] rang for.
func (h Health) why(alarm string, first *Health) string {
	switch alarm {
	case AlarmValid:
		return fmt.Sprintf("%s of %d problems are valid, less than %.0f %%", percent(h.Valid), h.Written, 100*leastValid)
	case AlarmParsed:
		return fmt.Sprintf("%s of solutions can be read, less than %.0f %%", percent(h.Parsed), 100*leastParsed)
	case AlarmInBand:
		return fmt.Sprintf("%s of %d valid problems are shown to be in the band, less than %.0f %%, with %s of solutions right", percent(h.InBand), h.Posed, 100*leastInBand, percent(h.Correct))
	case AlarmDistinct:
		return fmt.Sprintf("%s of %d problems are new, less than %.0f %%", percent(h.Distinct), h.Readable, 100*leastDistinct)
	case AlarmRepetition:
		return fmt.Sprintf("%s of problems get the same answer, more than %.0f %%", percent(h.Repetition), 100*mostRepeated)
	case AlarmLength:
		return fmt.Sprintf("solutions of %s are more than %.1f times as long or as short as the first round's of %s", bytesOf(h.Length), mostDrift, bytesOf(first.Length))
	}
	return ""
}

// healthOf measures a round.
func healthOf(all []seen) Health {
	var h Health
	var drawn, parsed, judged, passes, novel, answered int
	var lengths []int
	answers := map[string]int{}
	for _, s := range all {
		h.Written++
		if s.readable {
			h.Readable++
		}
		if s.novel {
			novel++
		}
		if !s.valid {
			continue
		}
		h.Posed++
		if s.active {
			h.Active++
		}
		drawn, parsed, judged, passes = drawn+s.drawn, parsed+s.parsed, judged+s.judged, passes+s.passes
		if s.common != "" {
			answered++
			answers[s.common]++
		}
		if s.length > 0 {
			lengths = append(lengths, s.length)
		}
	}
	most := 0
	for _, n := range answers {
		most = max(most, n)
	}
	h.Valid, h.InBand = share(h.Posed, h.Written), share(h.Active, h.Posed)
	h.Parsed, h.Correct = share(parsed, drawn), share(passes, judged)
	h.Distinct, h.Repetition = share(novel, h.Readable), share(most, answered)
	if len(lengths) > 0 {
		length := float64(median(lengths))
		h.Length = &length
	}
	return h
}

// share is part of all; nil of nothing.
func share(part, all int) *float64 {
	if all == 0 {
		return nil
	}
	x := float64(part) / float64(all)
	return &x
}

// median is the lower median of numbers, of which there are some.
func median(numbers []int) int {
	sorted := slices.Sorted(slices.Values(numbers))
	return sorted[(len(sorted)-1)/2]
}
