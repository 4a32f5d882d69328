package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/run"
)

// role is somebody else than the policy who plays a part.
type role struct {
	name   backends.Role
	flags  backendFlags
	server server
}

// parseRoles reads --role NAME,key=value,...; what is not said is as for the policy.
func parseRoles(texts []string, known []backends.Role, base backendFlags) ([]*role, error) {
	var all []*role
	for _, text := range texts {
		name, settings, _ := strings.Cut(text, ",")
		r := &role{name: backends.Role(name), flags: base}
		if !slices.Contains(known, r.name) {
			return nil, usage("--role %s: there %s", text, thereAre(known))
		}
		if slices.ContainsFunc(all, func(o *role) bool { return o.name == r.name }) {
			return nil, usage("--role %s: given twice", name)
		}
		for _, setting := range strings.Split(settings, ",") {
			key, value, found := strings.Cut(setting, "=")
			field := map[string]*string{
				"backend": &r.flags.backend, "model": &r.flags.model, "base-url": &r.flags.baseURL, "policy-id": &r.flags.policyID, "template": &r.flags.template,
			}[key]
			if !found || field == nil || value == "" {
				return nil, usage("--role %s: want %s,model=NAME, and if need be backend=, base-url=, policy-id= or template=", text, name)
			}
			*field = value
		}
		all = append(all, r)
	}
	return all, nil
}

func thereAre(known []backends.Role) string {
	var names []string
	for _, r := range known {
		names = append(names, string(r))
	}
	if len(names) == 1 {
		return "is " + names[0]
	}
	return "are " + strings.Join(names, ", ")
}

// cast is who plays which part.
type cast []*role

// open makes the backends. It asks them nothing yet.
func (c cast) open(getenv func(string) string) error {
	for i, r := range c {
		var err error
		if r.server, err = r.flags.open(getenv); err != nil {
			c[:i].close()
			return err
		}
	}
	return nil
}

func (c cast) close() {
	for _, r := range c {
		r.server.close()
	}
}

func (c cast) backends() map[backends.Role]backends.Backend {
	all := map[backends.Role]backends.Backend{}
	for _, r := range c {
		all[r.name] = r.server
	}
	return all
}

// meet asks the servers who they are.
func (c cast) meet(ctx context.Context) (map[backends.Role]run.Other, error) {
	all := map[backends.Role]run.Other{}
	for _, r := range c {
		policy, err := r.flags.meet(ctx, r.server)
		if err != nil {
			return nil, err
		}
		all[r.name] = run.Other{Policy: policy}
	}
	return all, nil
}

// probe asks the servers what they can do, unless an earlier start of the run has.
func (c cast) probe(ctx context.Context, others, before map[backends.Role]run.Other) error {
	for _, r := range c {
		found := before[r.name].Capabilities
		if found == nil {
			now, err := backends.Probe(ctx, r.flags.patient(r.server))
			if err != nil {
				return err
			}
			found = &now
		}
		others[r.name] = run.Other{Policy: others[r.name].Policy, Capabilities: found}
	}
	return nil
}

// identity tells who plays what: another judge is another run.
func identityOf(others map[backends.Role]run.Other) run.Identity {
	var all run.Identity
	for _, name := range slices.Sorted(maps.Keys(others)) {
		p := others[name].Policy
		all = append(all, run.Identity{{Name: "role " + string(name), Value: strings.Join([]string{p.Backend, p.Model, p.Digest, p.ID, p.Template}, " ")}}...)
	}
	return all
}
