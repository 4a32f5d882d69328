// Command foreign writes first attempts for postcomp's --first-attempts: either those of another
// run of the model, drawn again, or attempts that err as no model of this kind does. The mismatch
// that the report then shows should be none for the first, and large for the second:
//
//	feedbackgen postcomp --mode correct --seed 2 --out again
//	go run ./evals/foreign --run again > own.jsonl
//	go run ./evals/foreign --run again --unlike > unlike.jsonl
//	feedbackgen postcomp --mode correct --first-attempts own.jsonl --foreign --out with-own
//	feedbackgen postcomp --mode correct --first-attempts unlike.jsonl --foreign --out with-unlike
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/store"
)

func main() {
	dir := flag.String("run", "", "a run of postcomp --mode correct")
	unlike := flag.Bool("unlike", false, "write made-up attempts in place of the run's own")
	flag.Parse()
	if err := write(context.Background(), os.Stdout, *dir, *unlike); err != nil {
		log.Fatal(err)
	}
}

// row is a line of the file.
type row struct {
	Problem    string `json:"problem"`
	Completion string `json:"completion"`
}

func write(ctx context.Context, w io.Writer, dir string, unlike bool) (err error) {
	from, err := store.OpenReadOnly(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	rng := rand.New(rand.NewPCG(1, 0))
	for line, err := range from.Records(ctx, feedbackgen.KindFirstAttempt) {
		if err != nil {
			return err
		}
		var a feedbackgen.FirstAttempt
		if err := json.Unmarshal(line, &a); err != nil {
			return err
		}
		text, times := a.Feedback.Attempt, a.Feedback.Multiplicity
		for range times {
			if unlike {
				text = madeUp(rng)
			}
			if err := encoder.Encode(row{a.Feedback.Problem, text}); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// madeUp is an attempt that is wrong at its third line, at length, by a lot.
func madeUp(rng *rand.Rand) string {
	far := 1000 + rng.IntN(50)
	return fmt.Sprintf("Let us think about this with care, one thing after the other.\nNothing is to be computed in this line.\n500 + 500 = %d\nSo there can be no doubt about it.\nThe answer is %d.", far, far)
}
