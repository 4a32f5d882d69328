// Reading a run's records: how sure are its preferences, and where do the sides part?
//
//	go run ./examples/records run/preferences.jsonl
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/feedbackgen/feedbackgen"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: records RUN/preferences.jsonl")
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = file.Close() }() // it was only read
	if err := summarise(file, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// summarise prints a line for each depth at which the sides of pairs part.
func summarise(r io.Reader, w io.Writer) error {
	type row struct {
		pairs       int
		probability feedbackgen.Real
	}
	var byDepth []row
	paths := 0
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		var p feedbackgen.Preference
		if err := json.Unmarshal(scanner.Bytes(), &p); err != nil {
			return err
		}
		if p.Feedback.Type == feedbackgen.PathPair {
			paths++
			continue
		}
		for len(byDepth) <= p.Feedback.Depth {
			byDepth = append(byDepth, row{})
		}
		byDepth[p.Feedback.Depth].pairs++
		byDepth[p.Feedback.Depth].probability += p.Feedback.Probability
	}
	if err := scanner.Err(); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "%d pairs of whole solutions\n", paths); err != nil {
		return err
	}
	for depth, row := range byDepth {
		if row.pairs == 0 {
			continue
		}
		_, err := fmt.Fprintf(w, "%d step pairs after %d shared steps, right with probability %.3f on average\n",
			row.pairs, depth, row.probability/feedbackgen.Real(row.pairs))
		if err != nil {
			return err
		}
	}
	return nil
}
