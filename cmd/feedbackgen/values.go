package main

import (
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// badFlag says what is wrong with a flag in words of this program's, where the libraries' are those of Go.
func badFlag(cmd *cobra.Command, err error) error {
	if value := (*pflag.InvalidValueError)(nil); errors.As(err, &value) {
		flag := value.GetFlag()
		return usage("--%s %q: %w", flag.Name, value.GetValue(), unwanted(flag.Value.Type(), err))
	}
	return usage("%w: see feedbackgen %s --help", err, strings.TrimPrefix(strings.TrimPrefix(cmd.CommandPath(), "feedbackgen"), " "))
}

// unwanted says which values a flag of a type takes.
func unwanted(kind string, err error) error {
	const size = "it is too large a number"
	switch {
	case errors.Is(err, strconv.ErrRange):
		return errors.New(size)
	case kind == "int" || kind == "int64":
		return errors.New("want a whole number, such as 8")
	case kind == "float64":
		return errors.New("want a number, such as 0.5")
	case kind == "bool":
		return errors.New("want true or false")
	case kind == "duration":
		return errors.New("want a number with a unit, such as 90s or 10m")
	}
	return err
}

// refuseZeros refuses a zero that was given for a flag whose zero would silently mean its default. Flags
// whose default is shown as zero are left alone in a file: config.yaml of a run holds them so.
func refuseZeros(flags *pflag.FlagSet, names []string, inFile bool) error {
	for _, name := range names {
		flag := flags.Lookup(name)
		if !flag.Changed || inFile && isZero(flag.DefValue) || !isZero(flag.Value.String()) {
			continue
		}
		if isZero(flag.DefValue) {
			return usage("--%s 0: must be above 0; leave it out for the default", name)
		}
		return usage("--%s 0: must be above 0; the default is %s", name, flag.DefValue)
	}
	return nil
}

func isZero(text string) bool {
	x, err := strconv.ParseFloat(text, 64)
	return err == nil && x == 0
}

// noArgs refuses arguments that are not flags, with the flag that was likely meant.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var meant []string
	for _, input := range []struct{ flag, what string }{
		{"problems", "a file of problems"},
		{"contexts", "documents"},
		{"in", "a file of records"},
		{"run", "a run's directory"},
	} {
		if cmd.Flags().Lookup(input.flag) != nil {
			meant = append(meant, input.what+" with --"+input.flag+" "+args[0])
		}
	}
	if len(meant) == 0 {
		return usage("%s takes no argument, but got %q: every setting is a flag, see %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return usage("%s takes no argument, but got %q: name %s", cmd.CommandPath(), args[0], strings.Join(meant, ", or "))
}
