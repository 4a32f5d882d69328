package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/feedbackgen/feedbackgen/backends"
)

// How often progress is shown: on a terminal, and in a log.
const (
	barEvery  = 200 * time.Millisecond
	lineEvery = 10 * time.Second
)

// snapshot is how far a run is.
type snapshot struct {
	// total, and those finished in any way; before are those that an earlier session finished.
	total, finished, before int
	usage                   backends.Usage
	// spent is the usage that earlier sessions left.
	spent          backends.Usage
	inFlight       int
	throttledUntil time.Time
	priced         bool
}

// progress shows a run's progress until stop is called: a bar on a terminal, else plain lines.
type progress struct {
	quit, done chan struct{}
}

// showProgress starts a goroutine that asks for a snapshot now and then, and that stop waits for. It takes
// every note, a line about something that just happened, until then.
func showProgress(w io.Writer, terminal bool, notes <-chan string, look func() snapshot) *progress {
	p := &progress{quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		if terminal {
			showBar(w, notes, look, p.quit)
		} else {
			showLines(w, notes, look, p.quit)
		}
	}()
	return p
}

func (p *progress) stop() {
	close(p.quit)
	<-p.done
}

func showBar(w io.Writer, notes <-chan string, look func() snapshot, quit <-chan struct{}) {
	start := time.Now()
	bars := mpb.New(mpb.WithOutput(w), mpb.WithWidth(30), mpb.WithRefreshRate(barEvery))
	text := func(part func(snapshot, time.Duration) string) decor.Decorator {
		return decor.Any(func(decor.Statistics) string { return part(look(), time.Since(start)) })
	}
	first := look()
	bar := bars.AddBar(int64(first.total),
		mpb.PrependDecorators(text(func(s snapshot, _ time.Duration) string { return fmt.Sprintf("%d/%d ", s.finished, s.total) })),
		mpb.AppendDecorators(text(func(s snapshot, d time.Duration) string { return " " + s.describe(d) })),
	)
	ticker := time.NewTicker(barEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			bar.SetCurrent(int64(look().finished))
		case note := <-notes:
			_, _ = fmt.Fprintln(bars, note) // above the bar
		case <-quit:
			last := look()
			bar.SetCurrent(int64(last.finished))
			if last.finished < last.total {
				bar.Abort(false)
			}
			bars.Wait()
			return
		}
	}
}

func showLines(w io.Writer, notes <-chan string, look func() snapshot, quit <-chan struct{}) {
	start := time.Now()
	line := func() {
		s := look()
		_, _ = fmt.Fprintf(w, "%d/%d problems, %s\n", s.finished, s.total, s.describe(time.Since(start)))
	}
	ticker := time.NewTicker(lineEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			line()
		case note := <-notes:
			_, _ = fmt.Fprintln(w, note)
		case <-quit:
			line()
			return
		}
	}
}

// describe says what happens, after running for d.
func (s snapshot) describe(d time.Duration) string {
	calls, tokens := s.usage.Calls-s.spent.Calls, s.usage.Tokens()-s.spent.Tokens()
	seconds := max(d.Seconds(), 0.001)
	parts := []string{
		fmt.Sprintf("%d calls (%.1f/s)", s.usage.Calls, float64(calls)/seconds),
		fmt.Sprintf("%s tokens (%s/s)", short(s.usage.Tokens()), short(int64(float64(tokens)/seconds))),
	}
	if s.usage.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d retried", s.usage.Failed))
	}
	if s.priced {
		parts = append(parts, fmt.Sprintf("%.2f money", s.usage.Money))
	}
	if done := s.finished - s.before; done > 0 && s.finished < s.total {
		left := time.Duration(float64(d) / float64(done) * float64(s.total-s.finished))
		parts = append(parts, "ETA "+left.Round(time.Second).String())
	}
	if wait := time.Until(s.throttledUntil); wait > 0 {
		parts = append(parts, "throttled for "+wait.Round(time.Second).String())
	}
	return strings.Join(parts, ", ")
}

// short is a count for people: 950, 12.3k, 4.5M.
func short(n int64) string {
	switch {
	case n >= 10_000_000:
		return fmt.Sprintf("%.0fM", float64(n)/1e6)
	case n >= 1_000_000:
		return fmt.Sprintf("%.1fM", float64(n)/1e6)
	case n >= 1000:
		return fmt.Sprintf("%.1fk", float64(n)/1e3)
	}
	return fmt.Sprint(n)
}
