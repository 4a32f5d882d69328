package verify

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// schemaTypes are the types that JSON schemas know.
var schemaTypes = []string{"array", "boolean", "integer", "null", "number", "object", "string"}

// Keywords that hold one schema, a list of them, or some by name, in draft 2020-12 or 7.
var (
	holdOne = []string{
		"additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not",
		"propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
	}
	holdList  = []string{"allOf", "anyOf", "items", "oneOf", "prefixItems"}
	holdNamed = []string{"$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"}
)

// checkTypes refuses a type that does not exist, which the library accepts and nothing ever satisfies. at is
// where the schema is, as a JSON pointer.
func checkTypes(schema any, at string) error {
	fields, ok := schema.(map[string]any)
	if !ok {
		return nil // true or false
	}
	if err := checkType(fields["type"], at+"/type"); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		below := at + "/" + pointed(key)
		switch value := fields[key].(type) {
		case []any:
			if !slices.Contains(holdList, key) {
				continue
			}
			for i, each := range value {
				if err := checkTypes(each, below+"/"+strconv.Itoa(i)); err != nil {
					return err
				}
			}
		case map[string]any:
			switch {
			case slices.Contains(holdOne, key):
				if err := checkTypes(value, below); err != nil {
					return err
				}
			case slices.Contains(holdNamed, key):
				for _, name := range slices.Sorted(maps.Keys(value)) {
					if err := checkTypes(value[name], below+"/"+pointed(name)); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

func checkType(value any, at string) error {
	names, several := value.([]any)
	switch {
	case value == nil:
		return nil
	case several && len(names) == 0:
		return fmt.Errorf("at %s: the list of types is empty", at)
	case !several:
		names = []any{value}
	}
	for _, name := range names {
		if text, ok := name.(string); !ok || !slices.Contains(schemaTypes, text) {
			return fmt.Errorf("at %s: there is no type %q; there are %s", at, fmt.Sprint(name), strings.Join(schemaTypes, ", "))
		}
	}
	return nil
}

// pointed is a key as it stands in a JSON pointer (RFC 6901).
func pointed(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}
