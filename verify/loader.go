package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/feedbackgen/feedbackgen"
)

// maxRuleFile bounds, in bytes, a file that a verifier is made from.
const maxRuleFile = 64 << 20

// Kinds of verifier that are made from a file.
const (
	schemaPrefix   = "jsonschema:"
	starlarkPrefix = "starlark:"
	programPrefix  = "program:"
)

// pinned is a file's name with the digest that its content has to have.
var pinned = regexp.MustCompile(`^(.+)@([0-9a-f]{12})$`)

// Loader makes verifiers, those included that are made from a file. It reads each file once, so
// that one run judges by one content, and is safe for concurrent use.
type Loader struct {
	// Files is where files are read. Nil: there are none.
	Files fs.FS
	// Programs allows program:FILE.
	Programs bool

	mu     sync.Mutex
	loaded map[string]Verifier
}

// FileNames lists what [Loader.Load] accepts besides [Names], in alphabetical order.
func FileNames() []string {
	return []string{schemaPrefix + "FILE", programPrefix + "FILE.wasm", starlarkPrefix + "FILE"}
}

// Load makes the verifier of a name: one of [Names] or [FileNames].
//
//	jsonschema:FILE    the completion's JSON satisfies the schema, and equals the known answer if there is one
//	starlark:FILE      the file's check(completion, answer) returns True, False or None
//	program:FILE.wasm  a WASI program exits with 0 or 1; only if Programs allows it
//
// Such a verifier's Name ends with its content's digest, as in starlark:check.star@1a2b3c4d5e6f; a
// name with a digest loads only a file of that content.
func (l *Loader) Load(name string) (Verifier, error) {
	made := maker(name)
	if made == nil {
		return New(name)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if v, ok := l.loaded[name]; ok {
		return v, nil
	}
	v, err := l.fromFile(name, made)
	if err != nil {
		var failure *feedbackgen.Failure
		if errors.As(err, &failure) {
			return nil, err
		}
		return nil, cannotLoad(name, err, "")
	}
	if l.loaded == nil {
		l.loaded = map[string]Verifier{}
	}
	l.loaded[name] = v
	return v, nil
}

// Loaded lists, in alphabetical order, the names with digests of the verifiers that were made from
// files so far: whoever wants to know what a run depends on asks for it.
func (l *Loader) Loaded() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	names := map[string]bool{}
	for _, v := range l.loaded {
		names[v.Name()] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// made makes a verifier of a file's content.
type made func(name string, content []byte) (Verifier, error)

// maker is nil for a name without a file.
func maker(name string) made {
	switch {
	case strings.HasPrefix(name, schemaPrefix):
		return newSchema
	case strings.HasPrefix(name, starlarkPrefix):
		return newStarlark
	case strings.HasPrefix(name, programPrefix):
		return newProgram
	}
	return nil
}

func (l *Loader) fromFile(name string, make made) (Verifier, error) {
	kind, path, _ := strings.Cut(name, ":")
	digest := ""
	if parts := pinned.FindStringSubmatch(path); parts != nil {
		path, digest = parts[1], parts[2]
	}
	switch {
	case path == "":
		return nil, cannotLoad(name, errors.New("no file"), "name one after the colon, such as "+kind+":FILE")
	case kind+":" == programPrefix && !l.Programs:
		return nil, cannotLoad(name, errors.New("programs are not allowed"), "allow them (--allow-programs): they run in a sandbox, without files and network")
	case l.Files == nil:
		return nil, cannotLoad(name, errors.New("there are no files here"), "load it with a verify.Loader that has Files")
	}
	content, err := l.content(path)
	if err != nil {
		return nil, cannotLoad(name, err, "check the path")
	}
	sum := sha256.Sum256(content)
	found := hex.EncodeToString(sum[:6])
	if digest != "" && digest != found {
		return nil, cannotLoad(name, fmt.Errorf("the file's digest is %s", found), "restore the file that the name was made from, or leave out the digest")
	}
	return make(kind+":"+path+"@"+found, content)
}

func (l *Loader) content(path string) (_ []byte, err error) {
	file, err := l.Files.Open(path)
	if err != nil {
		if of := (*fs.PathError)(nil); errors.As(err, &of) {
			err = of.Err // the name says the path
		}
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	content, err := io.ReadAll(io.LimitReader(file, maxRuleFile+1))
	if err == nil && len(content) > maxRuleFile {
		err = errors.New("more than 64 MiB")
	}
	return content, err
}

func cannotLoad(name string, cause error, hint string) error {
	return &feedbackgen.Failure{
		Op: "load a verifier", Subject: fmt.Sprintf("verifier %q", name), Cause: cause, Hint: hint, Kind: feedbackgen.ErrInput,
	}
}
