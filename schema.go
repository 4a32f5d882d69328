package feedbackgen

import "embed"

// Written by schema_test.go from the Go types; make generate rewrites them.
//
//go:embed schemas/*.schema.json
var schemas embed.FS

// Schema is the JSON schema (draft 2020-12) of one line of a kind's file, or nil for a kind that is
// not in [Kinds].
func Schema(kind Kind) []byte {
	schema, err := schemas.ReadFile("schemas/" + string(kind) + ".schema.json")
	if err != nil {
		return nil
	}
	return schema
}
