// Command diversity measures groups of texts for compare.py, which checks the numbers against nltk
// and vendi-score. It reads one JSON object a line from stdin, {"texts": [[token, ...], ...],
// "vectors": [[x, ...], ...], "counts": [n, ...]}, and writes one a line to stdout.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"gonum.org/v1/gonum/floats"

	"github.com/feedbackgen/feedbackgen/measure/diversity"
)

type group struct {
	Texts   [][]string  `json:"texts"`
	Vectors [][]float64 `json:"vectors"`
	Counts  []int       `json:"counts"`
}

type measured struct {
	Distinct     [4]*float64       `json:"distinct"`
	NGrams       *float64          `json:"ngrams"`
	SelfBLEU     *float64          `json:"self_bleu"`
	VendiTexts   *float64          `json:"vendi_texts"`
	Vendi        *float64          `json:"vendi"`
	VendiVectors *float64          `json:"vendi_vectors"`
	Classes      diversity.Classes `json:"classes"`
}

func main() {
	if err := answer(os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func answer(in io.Reader, out io.Writer) error {
	w := bufio.NewWriter(out)
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(w)
	for {
		var g group
		err := decoder.Decode(&g)
		if errors.Is(err, io.EOF) {
			return w.Flush()
		}
		if err != nil {
			return fmt.Errorf("read groups: %w", err)
		}
		m, err := measure(g)
		if err != nil {
			return err
		}
		if err := encoder.Encode(m); err != nil {
			return fmt.Errorf("write measures: %w", err)
		}
	}
}

func measure(g group) (m measured, err error) {
	for n := range m.Distinct {
		m.Distinct[n] = defined(diversity.Distinct(g.Texts, n+1))
	}
	m.NGrams = defined(diversity.NGrams(g.Texts))
	m.SelfBLEU = defined(diversity.SelfBLEU(g.Texts))
	score, _, ok := diversity.VendiTexts(g.Texts, 0)
	m.VendiTexts = defined(score, ok)
	m.Classes = diversity.OfCounts(g.Counts)
	if len(g.Vectors) == 0 {
		return m, nil
	}
	score, err = diversity.VendiVectors(g.Vectors)
	if err != nil {
		return m, err
	}
	m.VendiVectors = defined(score, true)
	// The same again as a kernel that the caller supplies.
	score, err = diversity.Vendi(len(g.Vectors), func(i, j int) float64 { return cosine(g.Vectors[i], g.Vectors[j]) })
	m.Vendi = defined(score, true)
	return m, err
}

func defined(value float64, ok bool) *float64 {
	if !ok {
		return nil
	}
	return &value
}

func cosine(a, b []float64) float64 {
	return floats.Dot(a, b) / (floats.Norm(a, 2) * floats.Norm(b, 2))
}
