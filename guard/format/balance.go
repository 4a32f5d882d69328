package format

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"github.com/feedbackgen/feedbackgen"
)

// BalanceConfig says when a format is too frequent, and how far it is thinned.
type BalanceConfig struct {
	// Cap is the largest share that the most frequent format may have; default 0.9.
	Cap float64
	// Target, if not nil, is used in place of Cap: shares by class, such as the base policy's.
	Target []float64
	// Floor is the share of its own completions that a thinned format keeps in any case; default 0.25.
	// Without it, a policy that has collapsed would lose nearly all it has.
	Floor float64
	Seed  uint64
}

// DefaultBalance caps the top share at 0.9.
func DefaultBalance() BalanceConfig { return BalanceConfig{Cap: 0.9, Floor: 0.25} }

// Item is a completion to choose or to leave.
type Item struct {
	// ID decides, with the seed, which of equals stay.
	ID    string
	Class int
	Right bool
}

// Choice is what becomes of one item.
type Choice struct {
	ID   string
	Keep bool
	// Reason is for people.
	Reason string
}

// Balanced is what [Balance] has chosen.
type Balanced struct {
	// Choices are in the items' order.
	Choices []Choice
	// Thinned is the class that lost items, or -1.
	Thinned int
	// Before and After are the number of its items, or 0 if none is thinned.
	Before, After int
	// Share is the most frequent class's share of what is kept, Limit what it was to be at most.
	// Share is above Limit where the floor, the next class, or a lack of other classes ended the
	// thinning.
	Share, Limit float64
}

var errBalance = errors.New("the balance needs shares from 0 to 1")

// Balance thins the most frequent format if its share is above the limit. It is thinned until the
// limit is met, but never below the next frequent format, nor below the floor. Wrong ones go first,
// then right ones at random by seed and id. No other format loses anything: a rare format that is
// right is what a collapsing policy needs most.
//
// names, as of [Model.Names], are for the reasons, and say how many classes there are.
func Balance(items []Item, names []string, c BalanceConfig) (Balanced, error) {
	inUnit := func(v float64) bool { return v >= 0 && v <= 1 }
	if !inUnit(c.Cap) || !inUnit(c.Floor) || slices.ContainsFunc(c.Target, func(v float64) bool { return !inUnit(v) }) {
		return Balanced{}, feedbackgen.BadInput("format balance", errBalance, "format.DefaultBalance() has good settings")
	}
	if c.Target != nil && len(c.Target) != len(names) {
		return Balanced{}, feedbackgen.BadInput("format balance", fmt.Errorf("%w: %d target shares for %d classes", errBalance, len(c.Target), len(names)), "give one for each class")
	}
	counts := make([]int, len(names))
	for _, item := range items {
		if item.Class < 0 || item.Class >= len(names) {
			return Balanced{}, feedbackgen.BadInput("format balance", errClass, "classify with the model that the names are from")
		}
		counts[item.Class]++
	}
	b := Balanced{Choices: make([]Choice, len(items)), Thinned: -1}
	for i, item := range items {
		b.Choices[i] = Choice{ID: item.ID, Keep: true, Reason: "its format is not thinned"}
	}
	if len(items) == 0 {
		return b, nil
	}
	top := 0
	for class, n := range counts {
		if n > counts[top] {
			top = class
		}
	}
	b.Limit = c.Cap
	if c.Target != nil {
		b.Limit = c.Target[top]
	}
	quota := c.quota(counts, top, b.Limit)
	b.Share = float64(quota) / float64(len(items)-counts[top]+quota)
	if quota < counts[top] {
		b.Thinned, b.Before, b.After = top, counts[top], quota
		b.thin(items, names[top], c.Seed)
	}
	return b, nil
}

// quota is how many of the top class stay.
func (c BalanceConfig) quota(counts []int, top int, limit float64) int {
	n, rest, next := counts[top], 0, 0
	for class, k := range counts {
		if class != top {
			rest += k
			next = max(next, k)
		}
	}
	if rest == 0 || float64(n) <= limit*float64(n+rest) {
		return n
	}
	// n/(n+rest) = limit at n = rest limit/(1-limit); limit < 1 here, or it would be met.
	allowed := int(math.Floor(float64(rest)*limit/(1-limit) + 1e-9))
	return min(n, max(allowed, next, int(math.Ceil(c.Floor*float64(n)))))
}

// thin leaves b.After of the thinned class.
func (b *Balanced) thin(items []Item, name string, seed uint64) {
	type entry struct {
		at   int
		hash uint64
	}
	var entries []entry
	for i, item := range items {
		if item.Class == b.Thinned {
			h := fnv.New64a()
			_, _ = h.Write([]byte(item.ID)) // a hash takes everything
			entries = append(entries, entry{i, mix(h.Sum64() ^ mix(seed))})
		}
	}
	wrong := func(e entry) int {
		if items[e.at].Right {
			return 0
		}
		return 1
	}
	slices.SortFunc(entries, func(x, y entry) int {
		return cmp.Or(cmp.Compare(wrong(x), wrong(y)), cmp.Compare(x.hash, y.hash), cmp.Compare(x.at, y.at))
	})
	stays := fmt.Sprintf("one of the %d of %d kept of the format %q, which is too frequent", b.After, b.Before, name)
	goes := fmt.Sprintf("the format %q has %d of %d completions, more than %.3g of all; %d are kept, right ones first", name, b.Before, len(items), b.Limit, b.After)
	for i, e := range entries {
		c := &b.Choices[e.at]
		c.Keep, c.Reason = i < b.After, goes
		if c.Keep {
			c.Reason = stays
		}
	}
}
