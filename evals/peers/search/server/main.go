// Command server is the model that compare.py asks: a toy policy that solves sums, one step a line,
// behind an OpenAI-compatible API with a constant latency. It writes its problems to a file, prints
// its address, serves until stdin ends, and then prints what it was asked for.
//
//	server -problems FILE [-n 50] [-latency 50ms] [-seed 1]
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"sync/atomic"
	"time"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/mock"
)

func main() {
	path := flag.String("problems", "", "file to write the problems to")
	n := flag.Int("n", 50, "how many problems")
	latency := flag.Duration("latency", 50*time.Millisecond, "what every reply takes")
	seed := flag.Int64("seed", 1, "seed of the problems")
	flag.Parse()
	if err := serve(os.Stdin, os.Stdout, *path, *n, *seed, *latency); err != nil {
		log.Fatal(err)
	}
}

func serve(in io.Reader, out io.Writer, path string, n int, seed int64, latency time.Duration) (err error) {
	if err := writeProblems(path, n, seed); err != nil {
		return err
	}
	policy := &counting{Backend: &mock.Model{}}
	handler := mock.NewHandler(policy, mock.Faults{Latency: latency})
	server, err := mock.Serve("", handler)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if _, err := fmt.Fprintln(out, server.URL); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(map[string]int64{
		"calls": int64(handler.Total()), "in_flight": int64(handler.MaxInFlight()), "samples": policy.samples.Load(),
	})
}

func writeProblems(path string, n int, seed int64) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return mock.WriteProblems(file, mock.Problems(n, seed))
}

// counting counts the completions that it draws.
type counting struct {
	backends.Backend
	samples atomic.Int64
}

// Generate draws as the policy does.
func (c *counting) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	c.samples.Add(int64(max(1, req.N)))
	return c.Backend.Generate(ctx, req)
}
