package embedded

import "slices"

// pick is a token to be drawn, or to be scored, by the logits before it.
type pick struct {
	logits []float32
	// draw is the sample that grows; nil where the token is given.
	draw    *draw
	token   int
	logprob float64
	entropy float64
}

// settle turns the batch's logits into tokens and scores, and ends what is complete.
func (s *scheduler) settle() {
	picks := s.picks()
	s.choose(picks)
	var forks []*sequence
	for _, p := range s.planned {
		mine := picks[:p.picks()]
		picks = picks[len(mine):]
		forks = append(forks, s.apply(p.sequence, mine)...)
		s.spare = append(s.spare, p.logits...)
	}
	s.active = slices.DeleteFunc(s.active, s.complete)
	// The other samples of a request come before later requests.
	s.queue = append(forks, s.queue...)
}

// picks lists the tokens to be found: for a prompt, the first of each sample.
func (s *scheduler) picks() []pick {
	var picks []pick
	for _, p := range s.planned {
		j := p.sequence.job
		switch {
		case len(p.logits) == 0:
		case j.given != nil:
			for i, logits := range p.logits {
				picks = append(picks, pick{logits: logits, token: j.given[p.first-len(j.prompt)+1+i]})
			}
		case p.sequence.generating():
			picks = append(picks, pick{logits: p.logits[0], draw: p.sequence.draw})
		default:
			for _, d := range j.draws {
				picks = append(picks, pick{logits: p.logits[0], draw: d})
			}
		}
	}
	return picks
}

// picks is how many picks a planned sequence has.
func (p planned) picks() int {
	q := p.sequence
	if len(p.logits) > 0 && len(q.job.draws) > 0 && !q.generating() {
		return len(q.job.draws)
	}
	return len(p.logits)
}

// choose draws and scores; each pick depends on itself alone.
func (s *scheduler) choose(picks []pick) {
	grain := max(1, portion/32/s.runner.vocabulary)
	s.runner.team.run(len(picks), grain, func(worker, from, to int) {
		for i := from; i < to; i++ {
			p := &picks[i]
			if p.draw != nil {
				p.token = p.draw.sampler.draw(p.logits, &s.scratch[worker])
			}
			if p.draw == nil || p.draw.sample.Logprobs != nil {
				p.logprob = logprob(p.logits, p.token)
			}
			if p.draw != nil && p.draw.sample.Entropies != nil {
				p.entropy = entropy(p.logits)
			}
		}
	})
}

// apply gives a sequence its tokens, and returns sequences for the samples beside its own.
func (s *scheduler) apply(q *sequence, picks []pick) []*sequence {
	var forks []*sequence
	prompt := len(q.job.prompt)
	for _, p := range picks {
		switch {
		case p.draw == nil:
			q.job.scores = append(q.job.scores, p.logprob)
			continue
		case p.draw.accept(p, s.ends(p.token)):
			if q.job.undrawn--; q.job.undrawn == 0 {
				close(q.job.done)
			}
			continue
		case p.draw == q.draw:
			q.tokens = append(q.tokens, p.token)
			continue
		}
		fork := &sequence{job: q.job, draw: p.draw, final: prompt + p.draw.most, trail: s.cache.fork(&q.trail)}
		fork.tokens = append(append(make([]int, 0, fork.final), q.job.prompt...), p.token)
		forks = append(forks, fork)
	}
	return forks
}

// complete ends a sequence that has nothing left to do.
func (s *scheduler) complete(q *sequence) bool {
	j := q.job
	switch {
	case j.hold:
		if q.trail.length < len(q.tokens) {
			return false
		}
		j.held = &hold{}
		for _, span := range q.trail.spans {
			span.block.holds++
			j.held.blocks = append(j.held.blocks, span.block)
		}
		close(j.done)
	case j.given != nil:
		if len(j.scores) < len(j.given) {
			return false
		}
		close(j.done)
	default:
		if q.draw.sample.Finish == "" {
			return false
		}
	}
	s.cache.leave(q)
	return true
}
