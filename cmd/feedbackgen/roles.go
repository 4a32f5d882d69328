package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen"
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
			return nil, usage("--role %s: there are %s", text, joinRoles(known))
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

func joinRoles(known []backends.Role) string {
	var names []string
	for _, r := range known {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
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
func (c cast) meet(ctx context.Context) (map[backends.Role]feedbackgen.Policy, error) {
	all := map[backends.Role]feedbackgen.Policy{}
	for _, r := range c {
		policy, err := r.flags.meet(ctx, r.server)
		if err != nil {
			return nil, err
		}
		all[r.name] = policy
	}
	return all, nil
}

// identity tells who plays what: another judge is another run.
func identityOf(others map[backends.Role]feedbackgen.Policy) run.Identity {
	var all run.Identity
	for _, name := range slices.Sorted(maps.Keys(others)) {
		p := others[name]
		all = append(all, run.Identity{{Name: "role " + string(name), Value: strings.Join([]string{p.Backend, p.Model, p.Digest, p.ID, p.Template}, " ")}}...)
	}
	return all
}
