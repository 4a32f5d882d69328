package embedded

import _ "embed" // for the problems

//go:embed problems/tune.jsonl
var problems []byte

// Problems are sample problems for Abacus, as JSON lines: the half of the bundled ones that it was
// tuned on. The other half, problems/holdout.jsonl, is for whoever claims something of it.
func Problems() []byte { return problems }
