// Command tasks asks the embedded model again about the problems that a run of self-play keeps: it draws
// fresh solutions of each, and says how many pass rates lie in the band that the gate promises.
//
//	go run ./cmd/feedbackgen selfplay --out out
//	go run ./evals/tasks --run out
//
// The run has to be the embedded model's own. The gate's band is .2 to .8; a problem counts as kept
// rightly if its rate among the fresh solutions lies in [.15, .85], which leaves .05 to the noise of 256
// draws (a deviation of .03 at most) and of the gate's own edge.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/embedded"
	"github.com/feedbackgen/feedbackgen/measure/interval"
	"github.com/feedbackgen/feedbackgen/verify"
)

func main() {
	run := flag.String("run", "out", "the run's directory")
	samples := flag.Int("samples", 256, "fresh solutions of each problem")
	seed := flag.Int64("seed", 1_000_003, "of the fresh solutions; another than the run's")
	low := flag.Float64("low", 0.15, "lower end of the band, included")
	high := flag.Float64("high", 0.85, "upper end of the band, included")
	flag.Parse()
	model, err := embedded.Default()
	if err != nil {
		log.Fatal(err)
	}
	b := band{*low, *high}
	err = judge(context.Background(), os.Stdout, model, filepath.Join(*run, "tasks.jsonl"), *samples, *seed, b)
	if err = errors.Join(err, model.Close()); err != nil {
		log.Fatal(err)
	}
}

type band struct{ low, high float64 }

// judge draws, and prints what became of the kept problems.
func judge(ctx context.Context, w io.Writer, model *embedded.Backend, path string, samples int, seed int64, b band) error {
	tasks, err := kept(path)
	if err != nil {
		return err
	}
	policy, err := model.Policy(ctx)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if t.Feedback.Policy != policy {
			return fmt.Errorf("%s: task %s is another policy's: this command has only the embedded model", path, t.Feedback.Problem)
		}
		if t.Feedback.Sampling.Seed == seed {
			return fmt.Errorf("--seed %d is the run's own: name another", seed)
		}
	}
	rates, err := draw(ctx, model, tasks, samples, seed)
	if err != nil {
		return err
	}
	return report(w, tasks, rates, samples, b)
}

// kept are the problems that train.
func kept(path string) ([]feedbackgen.Task, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var tasks []feedbackgen.Task
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for lines.Scan() {
		var t feedbackgen.Task
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if t.Feedback.State == "active" && !t.Feedback.RolledBack {
			tasks = append(tasks, t)
		}
	}
	if len(tasks) == 0 {
		return nil, fmt.Errorf("%s: no task is active: nothing to judge", path)
	}
	return tasks, lines.Err()
}

// draw returns the share of right ones among each problem's fresh solutions that can be read; -1
// without any.
func draw(ctx context.Context, model *embedded.Backend, tasks []feedbackgen.Task, samples int, seed int64) ([]float64, error) {
	rule, err := verify.New("number")
	if err != nil {
		return nil, err
	}
	slots, err := model.Slots(ctx)
	if err != nil {
		return nil, err
	}
	backend := backends.FanOut(model, true)
	rates := make([]float64, len(tasks))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(max(1, slots))
	for i, t := range tasks {
		work.Go(func() error {
			req := backends.Request{Messages: t.Prompt.Messages, N: samples, Sampling: t.Feedback.Sampling}
			req.Sampling.Seed = backends.DrawSeed(seed, t.Feedback.Problem, "0", "fresh", 0)
			res, err := backend.Generate(ctx, req)
			if err != nil {
				return err
			}
			passes, judged := 0, 0
			for _, s := range res.Samples {
				outcome := rule.Verify(s.Text, s.Finish == backends.FinishLength, t.Answer).Outcome
				if outcome.IsLabel() {
					judged++
				}
				if outcome == feedbackgen.Pass {
					passes++
				}
			}
			rates[i] = -1
			if judged > 0 {
				rates[i] = float64(passes) / float64(judged)
			}
			return nil
		})
	}
	return rates, work.Wait()
}

func report(w io.Writer, tasks []feedbackgen.Task, rates []float64, samples int, b band) error {
	inside, stated, measured := 0, 0.0, 0.0
	var outside bytes.Buffer
	for i, t := range tasks {
		stated += float64(t.Feedback.CorrectRate)
		measured += rates[i]
		if b.low <= rates[i] && rates[i] <= b.high {
			inside++
			continue
		}
		fmt.Fprintf(&outside, "  %.3f fresh, %d of %d in the run: %s\n", rates[i], t.Feedback.Passes, t.Feedback.Judged, t.Feedback.Text)
	}
	n := len(tasks)
	share, ok := interval.Wilson(inside, n, interval.Level)
	if !ok {
		return errors.New("no problems to judge")
	}
	_, err := fmt.Fprintf(w, "%d of %d kept problems (%.1f %%, 95 %% interval %.1f to %.1f) have a pass rate in [%g, %g] by %d fresh solutions\nmean pass rate %.3f in the run, %.3f fresh\n%s",
		inside, n, 100*float64(inside)/float64(n), 100*share.Low, 100*share.High, b.low, b.high, samples, stated/float64(n), measured/float64(n), outside.String())
	return err
}
