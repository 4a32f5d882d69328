package tokenizer_test

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/feedbackgen/feedbackgen/backends/embedded/tokenizer"
)

// With these, TestLlamaCpp looks at a real model instead of the small vocabularies in testdata.
var (
	modelFlag  = flag.String("model", "", "a GGUF `file` to compare with llama.cpp")
	goldenFlag = flag.String("golden", "", "what llama.cpp made of it: the `file` that testdata/make.py --model wrote")
)

// goldenLine is a line of testdata/make.py.
type goldenLine struct {
	Pieces  []string         `json:"pieces"`
	Text    string           `json:"text"`
	Special bool             `json:"special"`
	IDs     map[string][]int `json:"ids"`
}

// Every text becomes the tokens that llama.cpp makes of it, and every token the bytes that it writes.
func TestLlamaCpp(t *testing.T) {
	files := map[string]string{
		filepath.Join("testdata", "bpe.gguf"): filepath.Join("testdata", "bpe.jsonl"),
		filepath.Join("testdata", "spm.gguf"): filepath.Join("testdata", "spm.jsonl"),
	}
	if *modelFlag != "" {
		files = map[string]string{*modelFlag: *goldenFlag}
	}
	for model, golden := range files {
		t.Run(filepath.Base(model), func(t *testing.T) {
			file := open(t, model)
			tokenizers := map[string]*tokenizer.Tokenizer{"": load(t, file)}
			lines := readGolden(t, golden)
			comparePieces(t, tokenizers[""], lines[0].Pieces)
			for _, line := range lines[1:] {
				for pre, want := range line.IDs {
					tok, ok := tokenizers[pre]
					if !ok {
						tok = load(t, changed(t, file, map[string]any{"tokenizer.ggml.pre": pre}))
						tokenizers[pre] = tok
					}
					if got := tok.Encode(line.Text, line.Special); !slices.Equal(got, want) {
						t.Errorf("%s: Encode(%q, %v)\n got %v %q\nwant %v %q", pre, line.Text, line.Special,
							got, texts(tok, got), want, texts(tok, want))
					}
				}
			}
			t.Logf("%d texts compared", len(lines)-1)
		})
	}
}

func comparePieces(t *testing.T, tok *tokenizer.Tokenizer, want []string) {
	t.Helper()
	if len(want) != tok.Len() {
		t.Fatalf("%d tokens, want %d", tok.Len(), len(want))
	}
	for id := range want {
		bytes, err := hex.DecodeString(want[id])
		if err != nil {
			t.Fatal(err)
		}
		if got := tok.Piece(id); got != string(bytes) {
			t.Errorf("Piece(%d), %q, is %q, want %q", id, tok.Text(id), got, bytes)
		}
	}
}

func readGolden(t *testing.T, path string) []goldenLine {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}()
	var lines []goldenLine
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		var line goldenLine
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("%s:%d: %v", path, len(lines)+1, err)
		}
		lines = append(lines, line)
	}
	if err := scanner.Err(); err != nil || len(lines) < 100 {
		t.Fatalf("%s: %d lines, %v", path, len(lines), err)
	}
	return lines
}

func texts(tok *tokenizer.Tokenizer, ids []int) []string {
	var s []string
	for _, id := range ids {
		s = append(s, tok.Text(id))
	}
	return s
}
