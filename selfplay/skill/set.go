package skill

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/samber/lo"
)

// Set is a set of skills with different ids. The zero value is the empty set, "none" in a replay. Sets
// do not change: edits make new ones.
type Set struct{ skills []Skill } // by id

// Of makes a set.
func Of(skills ...Skill) (Set, error) {
	sorted := slices.SortedFunc(slices.Values(skills), func(a, b Skill) int { return strings.Compare(a.ID, b.ID) })
	for i, s := range sorted {
		made, err := New(s.ID, s.Description, s.Body)
		if err != nil {
			return Set{}, err
		}
		if made != s {
			return Set{}, refuse(s.ID, fmt.Errorf("it is not tidy"), "make it by New or Parse")
		}
		if i > 0 && sorted[i-1].ID == s.ID {
			return Set{}, refuse(s.ID, fmt.Errorf("there are two of them"), "give each an id of its own")
		}
	}
	return Set{sorted}, nil
}

// Skills are the skills by id.
func (s Set) Skills() []Skill { return slices.Clone(s.skills) }

// Len is the number of skills.
func (s Set) Len() int { return len(s.skills) }

// Get returns a skill.
func (s Set) Get(id string) (Skill, bool) {
	return lo.Find(s.skills, func(k Skill) bool { return k.ID == id })
}

// Without is the set without these skills, for their credit.
func (s Set) Without(ids ...string) Set {
	return Set{lo.Reject(s.skills, func(k Skill, _ int) bool { return slices.Contains(ids, k.ID) })}
}

// Digest identifies what the set says: SHA-256 over ids, descriptions and bodies by id, in hexadecimal.
func (s Set) Digest() string {
	h := sha256.New()
	for _, k := range s.skills {
		for _, part := range []string{k.ID, k.Description, k.Body} {
			length := binary.BigEndian.AppendUint64(nil, uint64(len(part)))
			h.Write(append(length, part...)) // a hash never fails
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Prompt is what goes into a prompt: whole skills by id, as far as they fit into so many [Tokens].
// It is "" if there is none. Those that were left out are named; a set that keeps its [Rules] fits
// into the cap of its rules.
func (s Set) Prompt(tokens int) (text string, left []string) {
	for _, k := range s.skills {
		if longer := text + k.prompt() + "\n"; Tokens(longer) <= tokens {
			text = longer
		} else {
			left = append(left, k.ID)
		}
	}
	return text, left
}

// Tokens is about what the whole set takes in a prompt.
func (s Set) Tokens() int {
	size := 0
	for _, k := range s.skills {
		size += len(k.prompt()) + 1
	}
	return (size + 3) / 4
}

// Files are the skills as files by path, each ID/SKILL.md.
func (s Set) Files() map[string][]byte {
	files := make(map[string][]byte, len(s.skills))
	for _, k := range s.skills {
		files[k.path()] = k.Render()
	}
	return files
}

func (s Skill) path() string { return s.ID + "/SKILL.md" }

// ParseFiles reads what [Set.Files] gives. A file that is not where its name says is refused.
func ParseFiles(files map[string][]byte) (Set, error) {
	var skills []Skill
	for _, path := range slices.Sorted(slices.Values(lo.Keys(files))) {
		k, err := Parse(files[path])
		if err != nil {
			return Set{}, fmt.Errorf("%s: %w", clip(path), err)
		}
		if k.path() != path {
			return Set{}, refuse(k.ID, fmt.Errorf("its file is %q", clip(path)), "it belongs into "+k.path())
		}
		skills = append(skills, k)
	}
	return Of(skills...)
}
