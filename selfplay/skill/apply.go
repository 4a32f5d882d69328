package skill

import (
	"errors"
	"fmt"
	"slices"

	"github.com/feedbackgen/feedbackgen/guard/leak"
)

// Rules are what a set must keep.
type Rules struct {
	// SkillTokens and SetTokens are the caps, in [Tokens], of one skill and of the whole set in a
	// prompt; defaults 500 and 2,000.
	SkillTokens int
	SetTokens   int
	// Held are the tasks and probes whose text no skill may hold; nil if there are none. An item is
	// held by the rule of [leak.Index.Check].
	Held *leak.Index
}

func (r Rules) withDefaults() Rules {
	if r.SkillTokens == 0 {
		r.SkillTokens = 500
	}
	if r.SetTokens == 0 {
		r.SetTokens = 2000
	}
	return r
}

// ErrLeak is why a skill that holds a task's or a probe's text is refused.
var ErrLeak = errors.New("it holds the text of a held-out task")

// Check says which rule a set breaks, if any; probes that were chosen after a set was written make a
// second check necessary.
func (r Rules) Check(s Set) error {
	r = r.withDefaults()
	for _, k := range s.skills {
		if n := Tokens(k.prompt()); n > r.SkillTokens {
			return refuse(k.ID, fmt.Errorf("about %d tokens are more than %d", n, r.SkillTokens), "make it shorter or split it")
		}
		if r.Held == nil {
			continue
		}
		// Name and description are looked at apart too: short items are matched as a whole.
		for _, text := range []string{k.Description, k.Body, k.prompt()} {
			if found, ok := r.Held.Check(text); ok && found.Leaked {
				return refuse(k.ID, fmt.Errorf("%w: %s", ErrLeak, found.Item), "write what helps with all such tasks")
			}
		}
	}
	if n := s.Tokens(); n > r.SetTokens {
		return refuse("set", fmt.Errorf("about %d tokens are more than %d", n, r.SetTokens), "delete or merge skills")
	}
	return nil
}

// Apply is the set after all the edits, one after the other. If one cannot be applied, or the outcome
// breaks the rules, the set comes back as it was, with why.
func (s Set) Apply(edits []Edit, rules Rules) (Set, error) {
	after := Set{slices.Clone(s.skills)}
	for i, e := range edits {
		var err error
		if after, err = after.apply(e); err != nil {
			return s, fmt.Errorf("edit %d: %w", i+1, err)
		}
	}
	if err := rules.Check(after); err != nil {
		return s, err
	}
	return after, nil
}

// Propose applies a proposer's reply. Rubbish changes nothing.
func (s Set) Propose(reply string, rules Rules) (Set, []Edit, error) {
	edits, err := ParseEdits(reply)
	if err != nil {
		return s, nil, err
	}
	after, err := s.Apply(edits, rules)
	if err != nil {
		return s, nil, err
	}
	return after, edits, nil
}

func (s Set) apply(e Edit) (Set, error) {
	if err := e.check(); err != nil {
		return Set{}, refuse("", err, "")
	}
	if e.Action == Add {
		return s.add(e)
	}
	gone := append([]string{e.ID}, e.Others...)
	for i, id := range gone {
		if _, known := s.Get(id); !known {
			return Set{}, refuse("", fmt.Errorf("there is no skill %q", clip(id)), "ids are those of the set")
		}
		if slices.Contains(gone[:i], id) {
			return Set{}, refuse(id, errors.New("it is named twice"), "")
		}
	}
	rest := s.Without(gone...)
	if e.Action == Delete {
		return rest, nil
	}
	made, err := New(e.ID, e.Description, e.Body)
	if err != nil {
		return Set{}, err
	}
	return Of(append(rest.skills, made)...)
}

func (s Set) add(e Edit) (Set, error) {
	made, err := New(e.Name, e.Description, e.Body)
	if err != nil {
		return Set{}, err
	}
	if _, taken := s.Get(made.ID); taken {
		return Set{}, refuse(made.ID, errors.New("it exists already"), "replace it instead")
	}
	return Of(append(s.Skills(), made)...)
}
