package skill

import (
	"fmt"
	"slices"
)

// Version is a set as it was at the end of a round.
type Version struct {
	// Number counts from 0, the empty set.
	Number int `json:"number"`
	// Parent is the version it was made from; that of version 0 is 0 itself.
	Parent int `json:"parent"`
	// Round in which it was made; 0 is before the first.
	Round  int    `json:"round"`
	Digest string `json:"digest"`
	// Edits made it; none for a round without any, or after a prune.
	Edits []Edit `json:"edits"`
	Set   Set    `json:"-"`
}

// History is every version that one side's set ever had. The zero value holds version 0. Histories do
// not change: [History.With] makes a new one.
type History struct{ later []Version }

// Versions are all versions in their order.
func (h History) Versions() []Version {
	return append([]Version{{Digest: Set{}.Digest(), Edits: []Edit{}}}, h.later...)
}

// With is the history with one more version, and its number. Versions with equal sets stay apart,
// because they come from different rounds; their digests are equal. Rounds never fall.
func (h History) With(parent, round int, edits []Edit, set Set) (History, int, error) {
	all := h.Versions()
	if last := all[len(all)-1]; parent < 0 || parent >= len(all) || round < last.Round {
		return h, 0, refuse("history", fmt.Errorf("no version of round %d can follow version %d: there are %d, the last of round %d", round, parent, len(all), last.Round), "")
	}
	v := Version{Number: len(all), Parent: parent, Round: round, Digest: set.Digest(), Edits: append([]Edit{}, edits...), Set: set}
	return History{append(slices.Clone(h.later), v)}, v.Number, nil
}

// Latest is the newest version with this digest.
func (h History) Latest(digest string) (Version, bool) {
	for _, v := range slices.Backward(h.Versions()) {
		if v.Digest == digest {
			return v, true
		}
	}
	return Version{}, false
}
