package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/export"
	"github.com/feedbackgen/feedbackgen/store"
)

// Setting is one thing that a run depends on.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Written: it decides what is written of the replies, and not which are asked for. A run may go on with
	// another value; what it has finished is then made again, from the log.
	Written bool `json:"written,omitempty"`
}

// Identity lists what a run depends on, in the order in which differences are told. Names are
// unique.
type Identity []Setting

// split parts what decides replies from what decides only records, whose names are given.
func split(id Identity, names map[string]bool) (replies, records Identity) {
	for _, s := range id {
		if names[s.Name] {
			records = append(records, s)
		} else {
			replies = append(replies, s)
		}
	}
	return replies, records
}

// writtenIn names the settings of either that decide only records.
func writtenIn(old, now Identity) map[string]bool {
	names := map[string]bool{}
	for _, s := range append(append(Identity{}, old...), now...) {
		if s.Written {
			names[s.Name] = true
		}
	}
	return names
}

// differences tells, setting by setting, what changes from the old identity to the new.
func (old Identity) differences(now Identity) []string {
	before := map[string]string{}
	for _, s := range old {
		before[s.Name] = s.Value
	}
	var told []string
	for _, s := range now {
		was, known := before[s.Name]
		delete(before, s.Name)
		if !known || was != s.Value {
			told = append(told, fmt.Sprintf("%s: %s -> %s", s.Name, value(was), value(s.Value)))
		}
	}
	for _, s := range old {
		if was, gone := before[s.Name]; gone {
			told = append(told, fmt.Sprintf("%s: %s -> %s", s.Name, value(was), value("")))
		}
	}
	return told
}

// value is a setting's value as a difference shows it.
func value(of string) string {
	if of == "" {
		return "(none)"
	}
	return shown(of, 80)
}

// shown is a text on one line, of at most that many characters.
func shown(text string, most int) string {
	if strings.ContainsAny(text, "\n\r") {
		text = strings.Join(strings.Fields(text), " ")
	}
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "..."
	}
	return text
}

// Origin is what a run was begun with. All of its parts stay the same from start to start.
type Origin struct {
	Module       string
	Identity     Identity
	Policy       feedbackgen.Policy
	Capabilities backends.Capabilities
	// Card says of the records what does not stand in them.
	Card export.Card
	// Others are those who play a part beside the policy.
	Others map[backends.Role]Other
}

// Other is somebody else than the policy who plays a part.
type Other struct {
	Policy feedbackgen.Policy `json:"policy"`
	// Capabilities are what their server was found to do; nil where nobody has asked.
	Capabilities *backends.Capabilities `json:"capabilities,omitempty"`
}

// Keys of an origin in the store.
const (
	keyModule       = "module"
	keyIdentity     = "identity"
	keyPolicy       = "policy"
	keyCapabilities = "capabilities"
	keyCard         = "card"
	keyOthers       = "others"
)

// Load returns what the run in a store was begun with, or false if none was begun yet. Whoever
// starts a run calls it, and [Origin.Check], before asking a server anything.
func Load(ctx context.Context, from *store.Reader) (Origin, bool, error) {
	module, begun, err := from.Meta(ctx, keyModule)
	if err != nil || !begun {
		return Origin{}, false, err
	}
	o := Origin{Module: string(module)}
	for key, into := range map[string]any{keyIdentity: &o.Identity, keyPolicy: &o.Policy, keyCapabilities: &o.Capabilities, keyCard: &o.Card, keyOthers: &o.Others} {
		text, there, err := from.Meta(ctx, key)
		if err != nil {
			return Origin{}, false, err
		}
		if !there && (key == keyCard || key == keyOthers) {
			continue // begun before these were kept
		}
		if err := json.Unmarshal(text, into); err != nil {
			return Origin{}, false, &feedbackgen.Failure{
				Op: "read settings", Subject: store.FileName, Cause: fmt.Errorf("%s: %w: %w", key, store.ErrCorrupt, err),
				Hint: "restore the file from a copy, or start again with another --out",
			}
		}
	}
	return o, true, nil
}

// values are an origin as the store keeps it.
func (o Origin) values() (map[string][]byte, error) {
	values := map[string][]byte{keyModule: []byte(o.Module)}
	for key, value := range map[string]any{keyIdentity: o.Identity, keyPolicy: o.Policy, keyCapabilities: o.Capabilities, keyCard: o.Card, keyOthers: o.Others} {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		values[key] = text
	}
	return values, nil
}

// Check compares what a run was begun with to what it is to go on with. The error is
// [feedbackgen.ErrInput] and lists every setting that differs and decides replies; or it names the module,
// if that is another, whose settings are not to be compared.
func (o Origin) Check(dir, module string, identity Identity) error {
	if o.Module != module {
		return &feedbackgen.Failure{
			Kind: feedbackgen.ErrInput, Subject: dir,
			Cause: fmt.Errorf("it holds a run of %s, not of %s", o.Module, module),
			Hint:  "name a new directory with --out",
		}
	}
	names := writtenIn(o.Identity, identity)
	old, _ := split(o.Identity, names)
	now, _ := split(identity, names)
	differ := old.differences(now)
	if len(differ) == 0 {
		return nil
	}
	return &feedbackgen.Failure{
		Kind: feedbackgen.ErrInput, Subject: dir,
		Cause: errors.New("it holds a run with other settings: " + strings.Join(differ, "; ")),
		Hint:  "use the same settings, or another --out",
	}
}

// CheckPolicy compares who answered so far with who is to answer now. The error is
// [feedbackgen.ErrInput]: what two policies say is not mixed.
func (o Origin) CheckPolicy(dir string, now feedbackgen.Policy) error {
	differ := describe(o.Policy).differences(describe(now))
	if len(differ) == 0 {
		return nil
	}
	return &feedbackgen.Failure{
		Kind: feedbackgen.ErrInput, Subject: dir,
		Cause: errors.New("its run was begun with another model: " + strings.Join(differ, "; ")),
		Hint:  "serve the same model again, or use another --out",
	}
}

func describe(p feedbackgen.Policy) Identity {
	return Identity{
		{Name: "backend", Value: p.Backend},
		{Name: "model", Value: p.Model},
		{Name: "digest", Value: p.Digest},
		{Name: "policy id", Value: p.ID},
		{Name: "template", Value: p.Template},
	}
}

// begin makes the store this run's, or checks that it is.
func begin(ctx context.Context, to *store.Store, dir string, now Origin) error {
	before, begun, err := Load(ctx, to.Reader)
	if err != nil {
		return err
	}
	values, err := now.values()
	if err != nil {
		return err
	}
	if !begun {
		return to.SetMeta(ctx, values)
	}
	if err := before.Check(dir, now.Module, now.Identity); err != nil {
		return err
	}
	if err := before.CheckPolicy(dir, now.Policy); err != nil {
		return err
	}
	// How calls are split and continued is in the log's keys and in the records.
	was, is := before.Capabilities, now.Capabilities
	if was.N != is.N || was.Continuation != is.Continuation {
		return &feedbackgen.Failure{
			Kind: feedbackgen.ErrInput, Subject: dir,
			Cause: fmt.Errorf("its run was begun with n: %v, continuation: %s, not with n: %v, continuation: %s",
				was.N, was.Continuation, is.N, is.Continuation),
			Hint: "go on with the capabilities that the run was begun with",
		}
	}
	names := writtenIn(before.Identity, now.Identity)
	_, old := split(before.Identity, names)
	if _, wanted := split(now.Identity, names); len(old.differences(wanted)) > 0 {
		return to.Reopen(ctx, values)
	}
	return nil
}
