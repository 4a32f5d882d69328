// Package staleness decides what becomes of records that another policy made. Off-policy mistakes
// teach little (arXiv:2409.12917: +1.8 against +4.4 points for the policy's own), so by default they
// are refused; one may stay if it was re-priced under the policy that is to be trained.
package staleness

import (
	"fmt"

	"github.com/feedbackgen/feedbackgen"
)

// Same reports whether a record's policy is the current one, and why it is or is not. It is on purpose
// looser than equality of the two, which would throw away a model's own records because its file was
// renamed, it is served by somebody else now, or one server tells less than the other:
//
//   - where both tell a digest of the weights, the digests decide, whatever the weights are called and
//     whoever serves them;
//   - else backend, model and the user's own id (--policy-id) have to be equal, all three. That is as
//     much as such servers tell: weights that changed under one name are not noticed, which is what
//     the id is for;
//   - in either case the digests of the template have to be equal where both are known, because another
//     template is another prompt.
//
// A policy without digest and model is unknown, and the same as none.
func Same(record, current feedbackgen.Policy) (same bool, why string) {
	switch {
	case record.Digest == "" && record.Model == "":
		return false, "the record does not say which policy made it"
	case current.Digest == "" && current.Model == "":
		return false, "it is not known which policy is to be trained"
	}
	if record.Digest != "" && current.Digest != "" {
		if record.Digest != current.Digest {
			return false, differs("weights", record.Digest, current.Digest)
		}
		why = "the weights are the same"
	} else {
		for _, field := range []struct{ name, record, current string }{
			{"backend", record.Backend, current.Backend},
			{"model", record.Model, current.Model},
			{"policy id", record.ID, current.ID},
		} {
			if field.record != field.current {
				return false, differs(field.name, field.record, field.current)
			}
		}
		why = "backend, model and policy id are the same, and no digest of the weights can be compared"
	}
	if record.Template != "" && current.Template != "" && record.Template != current.Template {
		return false, differs("template", record.Template, current.Template)
	}
	return true, why
}

func differs(what, record, current string) string {
	return fmt.Sprintf("made by another policy: %s %q, now %q", what, record, current)
}
