package safetensors_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors"
	"github.com/feedbackgen/feedbackgen/measure/sparsity/safetensors/safetensorstest"
)

const index = "model.safetensors.index.json"

// shard is a file with one number in each of the named tensors.
func shard(names ...string) *fstest.MapFile {
	var tensors []safetensorstest.Tensor
	for _, name := range names {
		tensors = append(tensors, safetensorstest.F32(name, nil, 1))
	}
	return &fstest.MapFile{Data: safetensorstest.File(tensors...)}
}

func text(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

func names(c *safetensors.Checkpoint) string {
	var all []string
	for _, t := range c.Tensors {
		all = append(all, t.Name)
	}
	return strings.Join(all, " ")
}

func TestWhichFilesOfAFolderAreRead(t *testing.T) {
	for name, tt := range map[string]struct {
		folder         fstest.MapFS
		files, tensors string
	}{
		"one file":     {fstest.MapFS{"x.safetensors": shard("b", "a")}, "x.safetensors", "a b"},
		"several":      {fstest.MapFS{"2.safetensors": shard("a"), "1.safetensors": shard("b"), "readme.md": text("")}, "1.safetensors 2.safetensors", "a b"},
		"model first":  {fstest.MapFS{"model.safetensors": shard("a"), "consolidated.safetensors": shard("a"), index: text("{}")}, "model.safetensors", "a"},
		"those listed": {fstest.MapFS{"1.safetensors": shard("a"), "2.safetensors": shard("b"), "old.safetensors": shard("a"), index: text(`{"metadata":{"total_size":8},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}`)}, "1.safetensors 2.safetensors", "a b"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := safetensors.OpenFS("ckpt", tt.folder)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(c.Files, " "); got != tt.files {
				t.Errorf("files %q, want %q", got, tt.files)
			}
			if got := names(c); got != tt.tensors {
				t.Errorf("tensors %q, want %q", got, tt.tensors)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFoldersThatDoNotAddUp(t *testing.T) {
	indexed := func(weightMap string) fstest.MapFS {
		return fstest.MapFS{"1.safetensors": shard("a"), index: text(`{"weight_map":` + weightMap + `}`)}
	}
	for name, tt := range map[string]struct {
		folder fstest.MapFS
		want   string
	}{
		"nothing":              {fstest.MapFS{"model.bin": text("")}, "no .safetensors file"},
		"no tensor":            {fstest.MapFS{"x.safetensors": {Data: safetensorstest.Raw("{}")}}, "holds no tensor"},
		"a folder":             {fstest.MapFS{"x.safetensors/y": text("")}, "not a regular file"},
		"one name twice":       {fstest.MapFS{"1.safetensors": shard("a"), "2.safetensors": shard("a")}, `2.safetensors, tensor "a": the tensor is in`},
		"index no JSON":        {fstest.MapFS{index: text("{")}, "weight_map"},
		"index without map":    {fstest.MapFS{index: text("{}")}, "names no tensor"},
		"map of numbers":       {indexed(`{"a":1}`), "cannot unmarshal number"},
		"listed twice":         {indexed(`{"a":"1.safetensors","a":"1.safetensors"}`), `"a" is there twice`},
		"file is missing":      {indexed(`{"a":"2.safetensors"}`), "2.safetensors: file does not exist: check the path"},
		"tensor is missing":    {indexed(`{"a":"1.safetensors","b":"1.safetensors"}`), `tensor "b" is not in "1.safetensors"`},
		"tensor is not listed": {indexed(`{"b":"1.safetensors"}`), "does not list it"},
		"path upwards":         {indexed(`{"a":"../1.safetensors"}`), "not the name of a .safetensors file"},
		"absolute path":        {indexed(`{"a":"/etc/1.safetensors"}`), "not the name of a .safetensors file"},
		"path downwards":       {indexed(`{"a":"x/1.safetensors"}`), "not the name of a .safetensors file"},
		"other kind of file":   {indexed(`{"a":"passwd"}`), "not the name of a .safetensors file"},
		"in another shard": {
			fstest.MapFS{"1.safetensors": shard("a"), "2.safetensors": shard("b"), index: text(`{"weight_map":{"b":"1.safetensors","a":"2.safetensors"}}`)},
			`has it in "2.safetensors"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := safetensors.OpenFS("ckpt", tt.folder)
			if !errors.Is(err, feedbackgen.ErrInput) {
				t.Fatalf("error %v, want bad input", err)
			}
			if text := err.Error(); !strings.HasPrefix(text, "ckpt") || !strings.Contains(text, tt.want) {
				t.Errorf("%q, want it to say %q", text, tt.want)
			}
		})
	}
}

// counting counts the files of a folder that are open.
type counting struct {
	fs.FS
	open int
}

type counted struct {
	fs.File
	io.ReaderAt
	folder *counting
}

func (f *counting) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	at, ok := file.(io.ReaderAt)
	if !ok {
		return file, nil // the folder itself
	}
	f.open++
	return counted{file, at, f}, nil
}

func (c counted) Close() error {
	c.folder.open--
	return c.File.Close()
}

func TestFilesAreClosedAfterAnError(t *testing.T) {
	for want, folder := range map[string]fstest.MapFS{
		"too few":          {"1.safetensors": shard("a"), "2.safetensors": text("broken")},
		"does not list it": {"1.safetensors": shard("a"), index: text(`{"weight_map":{"b":"1.safetensors"}}`)},
	} {
		f := &counting{FS: folder}
		c, err := safetensors.OpenFS("ckpt", f)
		if err == nil || !strings.Contains(err.Error(), want) || c != nil {
			t.Fatalf("error %v, want %q", err, want)
		}
		if f.open != 0 {
			t.Errorf("%d files are left open", f.open)
		}
	}
}

// A folder, a file in it, and links out of it, as in the cache of huggingface_hub.
func TestOpenOnDisk(t *testing.T) {
	root := t.TempDir()
	blob := filepath.Join(root, "blob")
	folder := filepath.Join(root, "snapshot")
	link := filepath.Join(folder, "model.safetensors")
	if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(blob, shard("a", "b").Data, 0o600), os.Symlink(filepath.Join("..", "blob"), link)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{folder, link} {
		c, err := safetensors.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if names(c) != "a b" || !slices.Equal(c.Files, []string{"model.safetensors"}) || c.Tensors[0].File != link {
			t.Errorf("%s: %q in %q, %q", name, names(c), c.Files, c.Tensors[0].File)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	_, err := safetensors.Open(filepath.Join(root, "none"))
	if !errors.Is(err, feedbackgen.ErrInput) || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "check the path") {
		t.Errorf("a missing file: %v", err)
	}
}

// A file that shrinks after it was opened is an error, not zeros.
func TestFileThatShrinks(t *testing.T) {
	name := filepath.Join(t.TempDir(), "model.safetensors")
	file := shard("a").Data
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := safetensors.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, int64(len(file)-1)); err != nil {
		t.Fatal(err)
	}
	err = c.Tensors[0].ReadElements(make([]byte, 4), 0)
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), `model.safetensors, tensor "a"`) {
		t.Errorf("error %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
