package selfplay

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/feedbackgen/feedbackgen/backends"
)

// Ended is a chain that an alarm ended.
type Ended struct {
	Chain string `json:"chain"`
	// Round was rolled back; the rounds before it stand.
	Round  int      `json:"round"`
	Alarms []string `json:"alarms"`
	// Reason says what the alarms rang for; "" in runs from before reports said so.
	Reason string `json:"reason"`
}

// String is a line for people.
func (e Ended) String() string {
	line := fmt.Sprintf("ALARM, %s: round %d of chain %s is rolled back, and the chain ends; the rounds before it stand", strings.Join(e.Alarms, ", "), e.Round, e.Chain)
	if e.Reason != "" {
		line += ": " + e.Reason
	}
	return line
}

// check rings a round's alarms, and tells of them at once. first is the health of the chain's first round,
// nil in that round itself.
func (c *chain) check(r *round, health Health, first *Health) {
	var reasons []string
	ring := func(alarm, reason string) {
		r.alarms, reasons = append(r.alarms, alarm), append(reasons, reason)
	}
	for _, alarm := range health.Alarms(first) {
		ring(alarm, health.why(alarm, first))
	}
	if reason, refused := r.refused(); refused {
		ring(AlarmRefused, reason)
	}
	if reason, unusable := r.unusable(); unusable {
		ring(AlarmJudge, "the judge may not be relied on: "+reason)
		c.distrust = r.number
	}
	if len(r.alarms) == 0 {
		return
	}
	r.reason = strings.Join(reasons, "; ")
	if c.cfg.RolledBack != nil {
		c.cfg.RolledBack(Ended{Chain: c.problem.ID, Round: r.number, Alarms: r.alarms, Reason: r.reason})
	}
}

// refused says why nothing was written, if every call of the challenger's was refused.
func (r *round) refused() (reason string, refused bool) {
	for _, g := range r.groups {
		if g.refusal == nil {
			return "", false
		}
	}
	return "every call of the challenger's was refused: " + clip(refusal(r.groups[0].refusal), longestNote), true
}

// refusal is what a server said in refusing a call, on one line, without the server's address, which has no
// place in records.
func refusal(err error) string {
	said := err.Error()
	if call, found := errors.AsType[*backends.Error](err); found && call.Cause != nil {
		said = call.Cause.Error()
	}
	return cmp.Or(strings.Join(strings.Fields(said), " "), "the server gave no reason")
}

// unusable says why the judge may not be relied on.
func (r *round) unusable() (reason string, unusable bool) {
	if r.judge == nil {
		return "", false
	}
	usable, reason := r.judge.Usable()
	return reason, !usable
}
