package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/feedbackgen/feedbackgen/run"
	"github.com/feedbackgen/feedbackgen/verify"
)

// verifierFlags say which rule checks answers.
type verifierFlags struct {
	name   string
	loader verify.Loader
}

func (f *verifierFlags) register(flags *pflag.FlagSet) {
	f.loader.Files = anyFile{}
	flags.StringVar(&f.name, "verifier", "", "rule that checks answers: "+strings.Join(append(verify.Names(), verify.FileNames()...), ", ")+" (default: by the look of the answer); a problem's own comes first")
	flags.BoolVar(&f.loader.Programs, "allow-programs", false, "let --verifier or problems name program:FILE.wasm, which runs in a sandbox without files and network")
}

// overruled says for how many of the problems the flag counts for nothing, because they name a verifier
// of their own; empty if there are none.
func (f *verifierFlags) overruled(own, problems int) string {
	if f == nil || f.name == "" || own == 0 {
		return ""
	}
	return fmt.Sprintf("--verifier %s: %d of %d problems name their own, which counts for them", f.name, own, problems)
}

// files tells, as part of a run's identity, what was in the files that verifiers were made from.
func (f *verifierFlags) files() run.Identity {
	loaded := f.loader.Loaded()
	if len(loaded) == 0 {
		return nil
	}
	return run.Identity{{Name: "verifier-files", Value: strings.Join(loaded, "\n")}}
}

// anyFile opens files by any path, as the command line names them: absolute or from the working
// directory, where fs.FS has only paths below a root.
type anyFile struct{}

func (anyFile) Open(name string) (fs.File, error) { return os.Open(filepath.FromSlash(name)) }
