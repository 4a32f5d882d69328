package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A folder is read whole, in the order of names; what is not text is told by name.
func TestReadContexts(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("b.md", "Second.")
	write("a/deep.txt", "First.")
	write(".hidden", "\x00")
	got, err := readContexts(dir)
	if err != nil || len(got) != 2 || got[0].ID != "a/deep" || got[1].Text != "Second." {
		t.Fatalf("%+v, %v", got, err)
	}
	for name, text := range map[string]string{"nul.md": "a\x00b", "latin1.txt": "caf\xe9", "picture.png": "\x89PNG\r\n\x1a\n\x00"} {
		write(name, text)
		if _, err := readContexts(dir); err == nil || !strings.Contains(err.Error(), name+": it is not text") {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := readContexts(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no files") {
		t.Errorf("an empty folder: %v", err)
	}
}
