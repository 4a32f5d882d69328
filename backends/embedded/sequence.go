package embedded

import (
	"context"

	"github.com/feedbackgen/feedbackgen/backends"
)

// job is one request: a prompt, and what is wanted of it.
type job struct {
	ctx    context.Context
	prompt []int
	// draws are wanted for Generate; given is the continuation to be scored; hold keeps the rows.
	draws []*draw
	given []int
	hold  bool

	// What comes out, once done is closed: of draws, in them.
	scores []float64
	held   *hold
	err    error
	done   chan struct{}
	// undrawn counts the draws that are not finished.
	undrawn int
}

// begin makes the sequence that computes the job's prompt, and grows its first sample.
func (j *job) begin() *sequence {
	q := &sequence{job: j, final: len(j.prompt) + len(j.given)}
	if len(j.draws) > 0 {
		q.draw = j.draws[0]
		q.final += q.draw.most
	}
	q.tokens = append(make([]int, 0, q.final), j.prompt...)
	if len(j.given) > 0 {
		// Nothing is predicted from the last one.
		q.tokens = append(q.tokens, j.given[:len(j.given)-1]...)
	}
	return q
}

// draw is one sample in the making.
type draw struct {
	sampler *sampler
	text    *answer
	// most is how many tokens may be sampled, at least 1.
	most   int
	tokens []int
	sample backends.Sample
}

// sequence is what occupies a slot: tokens, and the rows computed for the first of them.
type sequence struct {
	job    *job
	tokens []int
	trail  trail
	// final is how many tokens it can come to have.
	final int
	// draw is the sample that it grows; nil for other jobs.
	draw *draw
}

// hold is a held prefix. The scheduler makes and ends it.
type hold struct{ blocks []*block }

// promise is how many blocks it may yet need.
func (s *sequence) promise() int {
	rows := s.final - s.trail.length
	if tail := s.trail.tail(); tail != nil && tail.block.writer == s && tail.rows == len(tail.block.tokens) {
		rows -= blockRows - tail.rows
	}
	if rows <= 0 {
		return 0
	}
	return (rows + blockRows - 1) / blockRows
}

// generating says whether the prompt is behind.
func (s *sequence) generating() bool { return s.draw != nil && len(s.draw.tokens) > 0 }

// wanted is the first position whose logits the job needs.
func (s *sequence) wanted() int {
	switch {
	case s.job.hold:
		return len(s.tokens)
	case s.job.given != nil:
		return len(s.job.prompt) - 1 + len(s.job.scores)
	}
	return len(s.tokens) - 1
}

// newDraw prepares sample i of a request.
func newDraw(b *Backend, req backends.Request, i, most int) *draw {
	seed := req.Sampling.Seed + int64(i)
	d := &draw{
		sampler: newSampler(req.Sampling, seed),
		text:    newAnswer(b.tokenizer, req.Sampling.Stop),
		most:    most,
		sample:  backends.Sample{Seed: seed},
	}
	// What is nil is not wanted.
	if req.Logprobs {
		d.sample.Logprobs = make([]backends.TokenLogprob, 0, min(most, 64))
	}
	if req.Logprobs && req.Entropies {
		d.sample.Entropies = make([]float64, 0, min(most, 64))
	}
	return d
}

// accept takes the sampled token; it returns whether the sample is complete.
func (d *draw) accept(p pick, ends bool) bool {
	d.tokens = append(d.tokens, p.token)
	piece, done := "", ends
	switch {
	case ends:
		d.sample.Finish = backends.FinishStop
	default:
		var stopped bool
		if piece, stopped = d.text.add(p.token); stopped {
			d.sample.Finish, done = backends.FinishStop, true
		}
	}
	if d.sample.Logprobs != nil {
		d.sample.Logprobs = append(d.sample.Logprobs, backends.TokenLogprob{Token: piece, Logprob: p.logprob})
	}
	if d.sample.Entropies != nil {
		d.sample.Entropies = append(d.sample.Entropies, p.entropy)
	}
	if !done && len(d.tokens) == d.most {
		d.sample.Finish, done = backends.FinishLength, true
	}
	if done {
		d.sample.Text, d.sample.Tokens = d.text.end(), len(d.tokens)
	}
	return done
}
