package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/feedbackgen/feedbackgen"
)

// document is a context that self-play is about.
type document struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	file string
}

// readContexts reads documents: one file, all files of a folder, or the lines of a JSONL file.
func readContexts(path string) ([]document, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, usage("--contexts %s: no such file or folder", path)
	case err != nil:
		return nil, err
	case info.IsDir():
		return readFolder(path)
	case strings.HasSuffix(path, ".jsonl"):
		return readDocumentLines(path)
	}
	text, err := readDocument(path)
	if err != nil {
		return nil, err
	}
	return []document{{ID: strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)), Text: text, file: path}}, nil
}

// readFolder reads all files below a folder but hidden ones, in the order of their names.
func readFolder(root string) ([]document, error) {
	var all []document
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != root && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case !entry.Type().IsRegular():
			return nil
		}
		text, err := readDocument(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		all = append(all, document{ID: strings.TrimSuffix(filepath.ToSlash(name), filepath.Ext(name)), Text: text, file: path})
		return nil
	})
	if err == nil && len(all) == 0 {
		err = usage("--contexts %s: there are no files in it", root)
	}
	return all, err
}

func readDocumentLines(path string) ([]document, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	all, err := jsonLines(path, bytes.NewReader(content), `{"id":"harbour","text":"..."}`, func(d document) bool { return d.ID != "" && strings.TrimSpace(d.Text) != "" })
	for i := range all {
		all[i].file = path
	}
	return all, err
}

// readDocument reads one file of text.
func readDocument(path string) (string, error) {
	content, err := os.ReadFile(path)
	switch {
	case err != nil:
		return "", err
	case !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0:
		return "", usage("%s: it is not text in UTF-8: convert it first, for example with pandoc or pdftotext, or leave it out of --contexts", path)
	case len(bytes.TrimSpace(content)) == 0:
		return "", usage("%s: the document is empty: leave it out of --contexts", path)
	}
	return string(content), nil
}

// asProblems writes documents as the beginnings of chains. One that cannot fit into the context beside a
// part of it and an answer is refused here: some servers would cut it off silently.
func asProblems(documents []document, contextLength, maxTokens int) ([]byte, error) {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	encoder.SetEscapeHTML(false)
	ids := map[string]bool{}
	for _, d := range documents {
		if ids[d.ID] {
			return nil, usage("%s: two documents are called %q: rename one", d.file, d.ID)
		}
		ids[d.ID] = true
		if needs := len(d.Text)/bytesPerToken*5/4 + instructionTokens + maxTokens; contextLength > 0 && needs > contextLength {
			return nil, usage("%s: the document %q takes about %d tokens with a task and its answer, more than the context of %d: raise --context-length if the model can, split the document, or lower --max-tokens", d.file, d.ID, needs, contextLength)
		}
		if err := encoder.Encode(struct {
			ID     string                `json:"id"`
			Prompt []feedbackgen.Message `json:"prompt"`
		}{d.ID, []feedbackgen.Message{feedbackgen.User(d.Text)}}); err != nil {
			return nil, err
		}
	}
	return slices.Clip(lines.Bytes()), nil
}

// instructionTokens is about what the words around a document take, skills not counted.
const instructionTokens = 300
