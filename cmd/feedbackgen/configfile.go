package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// notInFile are flags that a configuration file cannot set, and that a resolved one does not hold:
// they are about one invocation, not about the run.
var notInFile = []string{"config", "help", "dry-run", "resume", "quiet", "json", "version"}

// applyConfigFile sets flags from a YAML file whose keys are the flags' names. What stands on the
// command line wins. A key that is no flag is an error that names its line.
func applyConfigFile(path string, flags *pflag.FlagSet) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return usage("%w: --config names a YAML file whose keys are flags, such as \"temperature: 0.7\"", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return usage("%s: %s: it is a YAML file whose keys are flags, such as \"temperature: 0.7\"", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) == 0 {
		return nil
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		return usage("%s:%d: not a mapping: write one \"flag: value\" a line", path, top.Line)
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		if line, ok := seen[key.Value]; ok {
			return usage("%s:%d: %q was set already in line %d", path, key.Line, key.Value, line)
		}
		seen[key.Value] = key.Line
		flag := flags.Lookup(key.Value)
		if flag == nil || slices.Contains(notInFile, key.Value) {
			return usage("%s:%d: unknown key %q%s", path, key.Line, key.Value, suggest(key.Value, flags))
		}
		if flag.Changed {
			continue // the command line wins
		}
		if err := setFromNode(flags, flag, value); err != nil {
			if invalid := (*pflag.InvalidValueError)(nil); errors.As(err, &invalid) {
				err = fmt.Errorf("%q: %w", invalid.GetValue(), unwanted(flag.Value.Type(), err))
			}
			return usage("%s:%d: %s: %w", path, value.Line, key.Value, err)
		}
	}
	return nil
}

func setFromNode(flags *pflag.FlagSet, flag *pflag.Flag, value *yaml.Node) error {
	list, isList := flag.Value.(pflag.SliceValue)
	switch {
	case value.Kind == yaml.SequenceNode && isList:
		var items []string
		if err := value.Decode(&items); err != nil {
			return errors.New("want a list of strings")
		}
		flag.Changed = true
		return list.Replace(items)
	case value.Kind != yaml.ScalarNode:
		return fmt.Errorf("want one %s", flag.Value.Type())
	case isList:
		flag.Changed = true
		return list.Replace([]string{value.Value})
	}
	return flags.Set(flag.Name, value.Value)
}

// suggest names the flag that was most likely meant, if there is one close enough.
func suggest(name string, flags *pflag.FlagSet) string {
	best, distance := "", 3
	flags.VisitAll(func(f *pflag.Flag) {
		if slices.Contains(notInFile, f.Name) {
			return
		}
		if d := levenshtein.ComputeDistance(name, f.Name); d < distance {
			best, distance = f.Name, d
		}
	})
	if best == "" {
		return ": keys are the flags of this command without --"
	}
	return fmt.Sprintf(": did you mean %q?", best)
}

// resolvedConfig is the file that would set all flags as they are now.
func resolvedConfig(flags *pflag.FlagSet) ([]byte, error) {
	top := &yaml.Node{Kind: yaml.MappingNode}
	var failed error
	flags.VisitAll(func(f *pflag.Flag) { // in alphabetical order
		if slices.Contains(notInFile, f.Name) {
			return
		}
		key, value := &yaml.Node{}, &yaml.Node{}
		key.SetString(f.Name)
		if list, ok := f.Value.(pflag.SliceValue); ok {
			failed = errors.Join(failed, value.Encode(list.GetSlice()))
		} else if f.Value.Type() == "string" || f.Value.Type() == "duration" {
			value.SetString(f.Value.String())
		} else {
			value = &yaml.Node{Kind: yaml.ScalarNode, Value: f.Value.String()}
		}
		top.Content = append(top.Content, key, value)
	})
	if failed != nil {
		return nil, failed
	}
	return yaml.Marshal(top)
}
