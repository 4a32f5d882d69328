package backends

import "context"

// Role says on whose behalf a request is made. The zero value is the policy that is being improved.
type Role string

// ByRole hands a request to the backend of its role, and everything else to the policy's own. It stands
// at the wire, below retry, limit and meter, so that one budget and one limit hold for all of them;
// who answers for a role belongs into a run's identity.
func ByRole(policy Backend, others map[Role]Backend) Backend {
	if len(others) == 0 {
		return policy
	}
	return byRole{policy, others}
}

type byRole struct {
	Backend
	others map[Role]Backend
}

// Unwrap returns the policy's backend: what can be done is asked of that.
func (b byRole) Unwrap() Backend { return b.Backend }

// Generate asks the role's backend.
func (b byRole) Generate(ctx context.Context, req Request) (Response, error) {
	if other, ok := b.others[req.Role]; ok {
		return other.Generate(ctx, req)
	}
	return b.Backend.Generate(ctx, req)
}

// OfPolicy reports whether the policy itself answers for a role, as far as what b wraps tells.
func OfPolicy(b Backend, role Role) bool {
	cast, _ := As[byRole](b)
	_, other := cast.others[role]
	return !other
}
