package safetensors

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

const (
	single    = "model.safetensors"
	indexName = "model.safetensors.index.json"
	extension = ".safetensors"
)

// Checkpoint is the tensors of one model. It keeps its files open until Close.
type Checkpoint struct {
	// Name is what the checkpoint was opened as, for messages.
	Name string
	// Files are the names of the files it was read from, without their folder, sorted.
	Files []string
	// Tensors are sorted by name. There is at least one, and no name comes twice.
	Tensors []Tensor

	open []io.Closer
}

// Open opens a file, or a folder as [OpenFS] does.
func Open(name string) (*Checkpoint, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, cannotOpen(name, err)
	}
	if info.IsDir() {
		return OpenFS(name, os.DirFS(name))
	}
	folder, file := filepath.Split(name)
	return openFiles(name, folder, os.DirFS(cmp.Or(folder, ".")), []string{file})
}

// OpenFS opens a folder: its model.safetensors if there is one; else the shards that its
// model.safetensors.index.json names; else all its *.safetensors. The name is the folder's, for
// messages. The folder's files have to be [io.ReaderAt], as those of [os.DirFS] are. An error is of
// kind [feedbackgen.ErrInput].
func OpenFS(name string, folder fs.FS) (*Checkpoint, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, cannotOpen(name, err)
	}
	var found []string
	for _, entry := range entries {
		if path.Ext(entry.Name()) == extension {
			found = append(found, entry.Name())
		}
	}
	if slices.Contains(found, single) {
		return openFiles(name, name, folder, []string{single})
	}
	if _, err := fs.Stat(folder, indexName); err == nil {
		return openIndexed(name, folder)
	}
	if len(found) == 0 {
		return nil, feedbackgen.BadInput(name, errors.New("no .safetensors file in this folder"),
			"give the folder that holds model.safetensors or its shards")
	}
	return openFiles(name, name, folder, found)
}

// Close closes the files.
func (c *Checkpoint) Close() error {
	var errs []error
	for _, file := range c.open {
		errs = append(errs, file.Close())
	}
	c.open = nil
	return errors.Join(errs...)
}

// openFiles opens the named files of a folder. Two files may not hold tensors of one name.
func openFiles(name, folderName string, folder fs.FS, files []string) (c *Checkpoint, err error) {
	c = &Checkpoint{Name: name, Files: slices.Sorted(slices.Values(files))}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
			c = nil
		}
	}()
	for _, file := range c.Files {
		tensors, err := c.add(filepath.Join(folderName, file), folder, file)
		if err != nil {
			return c, err
		}
		c.Tensors = append(c.Tensors, tensors...)
	}
	if len(c.Tensors) == 0 {
		return c, feedbackgen.BadInput(name, errors.New("holds no tensor"), "")
	}
	slices.SortStableFunc(c.Tensors, func(a, b Tensor) int { return cmp.Compare(a.Name, b.Name) })
	for i, t := range c.Tensors[1:] {
		if before := c.Tensors[i]; before.Name == t.Name {
			return c, t.Bad(fmt.Errorf("the tensor is in %s too", before.File), "leave only the files of one checkpoint in the folder")
		}
	}
	return c, nil
}

// add opens one file and returns its tensors.
func (c *Checkpoint) add(shown string, folder fs.FS, name string) ([]Tensor, error) {
	info, err := fs.Stat(folder, name)
	if err != nil {
		return nil, cannotOpen(shown, err)
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait for ever
		return nil, feedbackgen.BadInput(shown, errors.New("not a regular file"), "")
	}
	file, err := folder.Open(name)
	if err != nil {
		return nil, cannotOpen(shown, err)
	}
	c.open = append(c.open, file)
	at, ok := file.(io.ReaderAt)
	if !ok {
		return nil, feedbackgen.BadInput(shown, errors.New("can only be read from its beginning on"), "unpack it to a disk first")
	}
	return ReadHeader(shown, at, info.Size())
}

// openIndexed opens the shards that the folder's index names, and holds it to its word.
func openIndexed(name string, folder fs.FS) (c *Checkpoint, err error) {
	index := filepath.Join(name, indexName)
	files, err := readIndex(index, folder)
	if err != nil {
		return nil, err
	}
	shards := slices.Compact(slices.Sorted(maps.Values(files)))
	c, err = openFiles(name, name, folder, shards)
	if err != nil {
		return nil, err
	}
	if err := checkIndex(index, files, c); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// checkIndex says which tensor is not where the index has it.
func checkIndex(index string, files map[string]string, c *Checkpoint) error {
	const hint = "the index and the shards belong to different checkpoints: fetch them again"
	held := map[string]bool{}
	for _, t := range c.Tensors {
		held[t.Name] = true
		switch said, ok := files[t.Name]; {
		case !ok:
			return t.Bad(fmt.Errorf("%s does not list it", indexName), hint)
		case said != filepath.Base(t.File):
			return t.Bad(fmt.Errorf("%s has it in %s", indexName, Quote(said)), hint)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !held[name] {
			return feedbackgen.BadInput(index, fmt.Errorf("tensor %s is not in %s", Quote(name), Quote(files[name])), hint)
		}
	}
	return nil
}

// readIndex returns which file, in the index's own folder, holds which tensor.
func readIndex(shown string, folder fs.FS) (map[string]string, error) {
	text, err := readBounded(folder, indexName)
	if err != nil {
		return nil, cannotOpen(shown, err)
	}
	files := map[string]string{}
	dec := json.NewDecoder(bytes.NewReader(text))
	err = object(dec, func(key string) error {
		if key != "weight_map" {
			var skipped json.RawMessage
			return dec.Decode(&skipped)
		}
		return object(dec, func(tensor string) error {
			var file string
			if err := dec.Decode(&file); err != nil {
				return fmt.Errorf("tensor %s: %w", Quote(tensor), err)
			}
			// The file is a stranger's word: it stays inside the folder.
			if !fs.ValidPath(file) || strings.ContainsAny(file, `/\`) || path.Ext(file) != extension {
				return fmt.Errorf("tensor %s: %s is not the name of a .safetensors file in the same folder", Quote(tensor), Quote(file))
			}
			files[tensor] = file
			return nil
		})
	})
	if err == nil && len(files) == 0 {
		err = errors.New(`"weight_map" names no tensor`)
	}
	if err != nil {
		return nil, feedbackgen.BadInput(shown, err, `the index is {"weight_map": {"tensor": "file.safetensors", ...}}`)
	}
	return files, nil
}

// readBounded reads a file of at most [MaxHeader] bytes.
func readBounded(folder fs.FS, name string) (text []byte, err error) {
	file, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	text, err = io.ReadAll(io.LimitReader(file, MaxHeader+1))
	if err == nil && len(text) > MaxHeader {
		err = fmt.Errorf("longer than %d bytes", MaxHeader)
	}
	return text, err
}

// cannotOpen is for what could not be opened or read at all.
func cannotOpen(name string, err error) error {
	hint := ""
	if errors.Is(err, fs.ErrNotExist) {
		hint = "check the path"
	}
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = failed.Err // it says the name once more
	}
	return feedbackgen.BadInput(name, err, hint)
}
