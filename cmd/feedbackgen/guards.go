package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/guard/difficulty"
)

// guardFlags say which records may get into the files.
type guardFlags struct {
	off  []string
	band string
}

func (f *guardFlags) register(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.off, "guards-off", nil, "guards that are not asked, with commas between: "+list(guard.Names())+"; what is off shows in the records")
	flags.StringVar(&f.band, "band", "0.2-0.8", "pass rates of problems that train, as LOW-HIGH")
}

// list names things in a sentence.
func list(names []string) string {
	text := ""
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			text += " and "
		default:
			text += ", "
		}
		text += name
	}
	return text
}

// isOff reports whether a guard is turned off.
func (f *guardFlags) isOff(name string) bool { return slices.Contains(f.off, name) }

// gate is the difficulty gate that the flags describe.
func (f *guardFlags) gate() (difficulty.Gate, error) {
	gate := difficulty.Default()
	if n, err := fmt.Sscanf(f.band+"\n", "%g-%g\n", &gate.Low, &gate.High); n != 2 || err != nil {
		return gate, usage("--band %q: want two shares such as 0.2-0.8", f.band)
	}
	if err := gate.Check(); err != nil {
		return gate, usage("--band %s: %w", f.band, err)
	}
	return gate, nil
}

// chain is the guards that the flags describe.
func (f *guardFlags) chain() (*guard.Chain, error) {
	gate, err := f.gate()
	if err != nil {
		return nil, err
	}
	return guard.Standard(guard.Settings{Off: f.off, Gate: gate})
}

// writeGuards shows what guards saw and refused.
func writeGuards(text *strings.Builder, reports []guard.Report, off []string) {
	for _, g := range reports {
		fmt.Fprintf(text, "%-28s %9d  of %d judged\n", "dropped by "+g.Name, g.Refused, g.Judged)
		for _, code := range slices.Sorted(maps.Keys(g.Codes)) {
			fmt.Fprintf(text, "%-28s %9d\n", "  "+strings.ReplaceAll(code, "_", " "), g.Codes[code])
		}
		for _, note := range g.Notes {
			fmt.Fprintf(text, "  %s\n", note)
		}
	}
	if len(off) > 0 {
		fmt.Fprintf(text, "guards turned off: %s\n", list(off))
	}
}
