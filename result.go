package feedbackgen

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Result is what a module made of one problem.
type Result struct {
	// Records, in an order that depends only on problem, configuration and replies.
	Records []Record
	Counts  Counts
	// Fault is what a check of the user's said that broke, the first time, in the order of the draws; empty
	// if none did.
	Fault string
}

// Counts says what happened, and adds up: where names are nested with dots, the count of a name is
// the sum of those one level below it, such as "rollouts" = "rollouts.pass" + "rollouts.fail" + ...
type Counts map[string]int64

// Count adds one to the count of each level of a nested name, such as "rollouts" and "rollouts.pass" for
// the names "rollouts" and "pass".
func (c Counts) Count(names ...string) { c.CountN(1, names...) }

// CountN adds n to the count of each level of a nested name.
func (c Counts) CountN(n int, names ...string) {
	for i := range names {
		c[strings.Join(names[:i+1], ".")] += int64(n)
	}
}

// Add adds other's counts to c.
func (c Counts) Add(other Counts) {
	for name, n := range other {
		c[name] += n
	}
}

// Check returns an error that names the first count, in alphabetical order, which differs from the
// sum of the counts one level below it.
func (c Counts) Check() error {
	sums := map[string]int64{}
	for name, n := range c {
		if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
			sums[name[:dot]] += n
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		if c[name] != sums[name] {
			return fmt.Errorf("counts do not add up: %s is %d, its parts sum to %d", name, c[name], sums[name])
		}
	}
	return nil
}
