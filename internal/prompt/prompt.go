// Package prompt reads a package's prompt files: Go text/template, each with a default that ships, tried
// when it is read, and digested into the provenance of what it asked for.
package prompt

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"text/template"

	"github.com/feedbackgen/feedbackgen"
)

// File is one prompt file.
type File struct {
	// Name is the file's, without a folder.
	Name string
	// Trial is a struct such as the file is rendered with. A file that names a field which it lacks is
	// refused when it is read, as far as the trial gets to it: lists should hold something.
	Trial any
}

// Kit is what a package knows of its prompt files.
type Kit struct {
	// Shipped holds the defaults under prompts/, and under prompts/abacus the words on which the embedded
	// model has been trained, where they are others.
	Shipped fs.FS
	// Files are in the order in which they are digested.
	Files []File
	// Funcs are what the files may call beside the standard functions; default none.
	Funcs template.FuncMap
}

// Set is a kit's files, read. It is safe for concurrent use.
type Set struct {
	files  map[string]file
	digest string
}

type file struct {
	text     string
	template *template.Template
	fields   string
}

// Default are the files that ship, for a model of that name.
func (k Kit) Default(model string) *Set {
	folder := "prompts"
	if model == "abacus" {
		folder = "prompts/abacus"
	}
	dir, err := fs.Sub(k.Shipped, folder)
	var s *Set
	if err == nil {
		s, err = k.Load(dir)
	}
	if err != nil {
		panic(fmt.Sprintf("the prompts that ship are broken: %v", err)) // a build that no test lets through
	}
	return s
}

// Load reads the files from dir, and takes the default for one that is not there. What is wrong with a
// file is a [feedbackgen.Failure] that names it.
func (k Kit) Load(dir fs.FS) (*Set, error) {
	s := &Set{files: map[string]file{}}
	sum := sha256.New()
	for _, f := range k.Files {
		text, err := fs.ReadFile(dir, f.Name)
		if errors.Is(err, fs.ErrNotExist) {
			text, err = fs.ReadFile(k.Shipped, "prompts/"+f.Name)
		}
		if err != nil {
			return nil, &feedbackgen.Failure{Op: "read prompts", Subject: f.Name, Cause: err}
		}
		_, _ = fmt.Fprintf(sum, "%s\x00%d\x00%s", f.Name, len(text), text) // a hash never fails
		parsed, err := template.New(f.Name).Funcs(k.Funcs).Option("missingkey=error").Parse(string(text))
		if err != nil {
			return nil, &feedbackgen.Failure{
				Op: "read prompts", Subject: f.Name, Kind: feedbackgen.ErrInput, Cause: err,
				Hint: "prompt files are Go text/template, see https://pkg.go.dev/text/template",
			}
		}
		s.files[f.Name] = file{string(text), parsed, fieldsOf(f.Trial)}
		if _, err := s.Render(f.Name, f.Trial); err != nil {
			return nil, err
		}
	}
	s.digest = hex.EncodeToString(sum.Sum(nil)[:8])
	return s, nil
}

// Digest identifies the content of all files.
func (s *Set) Digest() string { return s.digest }

// Text is the content of a file.
func (s *Set) Text(name string) string { return s.files[name].text }

// Render fills in a file of the kit, without space around it.
func (s *Set) Render(name string, data any) (string, error) {
	f := s.files[name]
	var text strings.Builder
	if err := f.template.Execute(&text, data); err != nil {
		return "", &feedbackgen.Failure{Op: "render prompt", Subject: name, Kind: feedbackgen.ErrInput, Cause: err, Hint: f.fields}
	}
	return strings.TrimSpace(text.String()), nil
}

// Ask is a conversation that begins with a file, filled in.
func (s *Set) Ask(name string, data any) ([]feedbackgen.Message, error) {
	text, err := s.Render(name, data)
	return []feedbackgen.Message{feedbackgen.User(text)}, err
}

// fieldsOf says what a file may use.
func fieldsOf(trial any) string {
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeOf(trial)) {
		if !field.Anonymous {
			names = append(names, "{{."+field.Name+"}}")
		}
	}
	if len(names) == 0 {
		return "it knows nothing: its words are always the same"
	}
	return "it knows " + strings.Join(names, ", ")
}
