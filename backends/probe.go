package backends

import "context"

// Continuer is implemented by backends that know which ways of continuing are worth trying; for
// others that is [Native] alone.
type Continuer interface {
	// Continuations lists the ways, best first. It may ask the server.
	Continuations(ctx context.Context) ([]Continuation, error)
}
