package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// section is a group of flags in a command's help: sixty in one list, by the alphabet, nobody reads.
type section struct {
	title    string
	register func(*pflag.FlagSet)
}

// helpWidth is where the help of flags wraps, in columns.
const helpWidth = tableWidth

// registerSections registers flags, and has the help show them by section, in the order of registration.
func registerSections(cmd *cobra.Command, sections ...section) {
	sets := make([]*pflag.FlagSet, len(sections))
	for i, s := range sections {
		sets[i] = pflag.NewFlagSet(s.title, pflag.ContinueOnError)
		sets[i].SortFlags = false
		s.register(sets[i])
		cmd.Flags().AddFlagSet(sets[i])
	}
	cmd.SetUsageFunc(func(c *cobra.Command) error {
		var text strings.Builder
		fmt.Fprintf(&text, "Usage:\n  %s\n", c.UseLine())
		if c.HasExample() {
			fmt.Fprintf(&text, "\nExamples:\n%s\n", c.Example)
		}
		for i, s := range sections {
			fmt.Fprintf(&text, "\n%s:\n%s", s.title, sets[i].FlagUsagesWrapped(helpWidth))
		}
		_, err := c.OutOrStderr().Write([]byte(text.String()))
		return err
	})
}
