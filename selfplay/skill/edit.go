package skill

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Action is what an edit does.
type Action string

// The actions.
const (
	// Add makes a new skill; its id is derived from the name and must be free.
	Add Action = "add"
	// Replace gives a skill a new description and body.
	Replace Action = "replace"
	// Delete removes a skill.
	Delete Action = "delete"
	// Merge gives a skill a new description and body that stand for others too, which go.
	Merge Action = "merge"
)

// Bounds of a proposal.
const (
	// MostProposal is its length in bytes.
	MostProposal = 128 << 10
	// MostEdits is how many edits it may hold.
	MostEdits = 8
)

// Edit is one change of a set. Which fields it has depends on the action; all others are empty.
type Edit struct {
	Action Action `json:"action"`
	// Name is of add, the new skill's.
	Name string `json:"name,omitempty"`
	// ID is of replace, delete and merge: the skill that it is about, or that stays.
	ID string `json:"id,omitempty"`
	// Others are of merge: at least one id, which go.
	Others []string `json:"others,omitempty"`
	// Description and Body are of all but delete.
	Description string `json:"description,omitempty"`
	Body        string `json:"body,omitempty"`
}

// ParseEdits reads a proposer's reply: {"edits": [...]}, alone or in one Markdown code block, with
// nothing around it. Unknown fields, fields that do not belong to the action, and more than the
// bounds are refused. No edits at all is a proposal to leave things as they are.
func ParseEdits(reply string) ([]Edit, error) {
	if len(reply) > MostProposal {
		return nil, refuseProposal(fmt.Errorf("%d bytes are more than %d", len(reply), MostProposal))
	}
	var proposal struct {
		Edits *[]Edit `json:"edits"`
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(unfence(reply))))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&proposal); err != nil {
		return nil, refuseProposal(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, refuseProposal(errors.New("something follows the JSON"))
	}
	if proposal.Edits == nil {
		return nil, refuseProposal(errors.New("no edits"))
	}
	edits := *proposal.Edits
	if len(edits) > MostEdits {
		return nil, refuseProposal(fmt.Errorf("%d edits are more than %d", len(edits), MostEdits))
	}
	for i, e := range edits {
		if err := e.check(); err != nil {
			return nil, refuseProposal(fmt.Errorf("edit %d: %w", i+1, err))
		}
	}
	return edits, nil
}

// unfence takes a reply out of a Markdown code block.
func unfence(reply string) string {
	text := strings.TrimSpace(reply)
	inner, opened := strings.CutPrefix(text, "```")
	inner, closed := strings.CutSuffix(inner, "```")
	if !opened || !closed {
		return text
	}
	return strings.TrimPrefix(inner, "json")
}

// check says what is wrong with the fields, whatever set the edit is for.
func (e Edit) check() error {
	wanted, known := map[Action][]string{
		Add:     {"name", "description", "body"},
		Replace: {"id", "description", "body"},
		Delete:  {"id"},
		Merge:   {"id", "others", "description", "body"},
	}[e.Action]
	if !known {
		return fmt.Errorf("the action is %q, not add, replace, delete or merge", clip(string(e.Action)))
	}
	for _, field := range []struct {
		name  string
		given bool
	}{
		{"name", e.Name != ""},
		{"id", e.ID != ""},
		{"others", len(e.Others) > 0},
		{"description", e.Description != ""},
		{"body", e.Body != ""},
	} {
		if belongs := slices.Contains(wanted, field.name); belongs && !field.given {
			return fmt.Errorf("%s without %s", e.Action, field.name)
		} else if !belongs && field.given {
			return fmt.Errorf("%s takes no %s", e.Action, field.name)
		}
	}
	return nil
}

func refuseProposal(cause error) error {
	return refuse("proposal", cause, `it is {"edits": [...]}, each with its action and that action's fields`)
}
