package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
	"github.com/feedbackgen/feedbackgen/run"
)

// critics are those of a search; the zero value is none.
type critics struct {
	list    string
	prompts *critic.Prompts // nil takes those that ship for the model
	others  bool            // another model than the policy makes rollouts
}

// newCritics checks the list, and that whoever is given a role has something to do. dir holds prompt
// files; nil takes those that ship.
func newCritics(list string, roles []string, dir fs.FS) (critics, error) {
	panel, err := critic.NewPanel(list, critic.Config{})
	switch {
	case err != nil:
		return critics{}, err
	case len(roles) > 0 && !panel.Has(critic.Rollout{}.Name()):
		return critics{}, usage("--role %s: nobody would be asked: --critic rollout has another model complete solutions", roles[0])
	case dir == nil:
		return critics{list: list, others: len(roles) > 0}, nil
	}
	prompts, err := critic.LoadPrompts(dir)
	return critics{list, prompts, len(roles) > 0}, err
}

// shown are the prompts that critics show to the policy.
func (c critics) shown(policy feedbackgen.Policy) *critic.Prompts {
	if c.prompts != nil {
		return c.prompts
	}
	return critic.DefaultPrompts(policy.Model)
}

// panel settles the critics of a search with the servers.
func (c critics) panel(cfg mcts.Config, s settled) (critic.Panel, error) {
	rollouts := critic.RolloutConfig{Sampling: cfg.Sampling, Continuation: cfg.Continuation}
	other, named := s.others[critic.RolloutRole]
	if named && other.Capabilities != nil {
		rollouts.Continuation, rollouts.Apart = other.Capabilities.Continuation, !other.Capabilities.N
	}
	panel, err := critic.NewPanel(c.list, critic.Config{
		Logprobs: cfg.Logprobs, Seed: cfg.Sampling.Seed, Continuation: cfg.Continuation, Prompts: c.shown(s.policy), Rollouts: rollouts,
	})
	switch {
	case err != nil || !panel.Has(critic.Rollout{}.Name()):
		return panel, err
	case cfg.Continuation == backends.None:
		return nil, feedbackgen.BadInput("critic", errors.New("rollout says from where to go on, and this server does not go on from partial solutions"),
			"leave rollout out; feedbackgen doctor says what the server does, and it may do more with --template")
	case rollouts.Continuation == backends.None:
		return nil, feedbackgen.BadInput("role rollout", fmt.Errorf("%s does not go on from partial solutions", other.Policy.Model),
			"give its chat template with template=FILE, or name another model; feedbackgen doctor says what a server does")
	}
	return panel, nil
}

// add tells what critics mean for a run.
func (c critics) add(to *settledModule, cfg mcts.Config, s settled) {
	if len(cfg.Critics) == 0 {
		return
	}
	to.identity = append(to.identity,
		run.Setting{Name: "critic", Value: cfg.Critics.String()}, run.Setting{Name: "critic-prompts", Value: c.shown(s.policy).Digest()})
	to.tallies = append(to.tallies, critic.NewCalibration())
	to.costs = append(to.costs, c.costs(cfg)...)
}

// costs are the most that critics take of a problem.
func (c critics) costs(cfg mcts.Config) []cost {
	var all []cost
	for _, w := range cfg.Critics {
		draws, tokens := critic.Votes, critic.VerdictTokens
		if w.Critic.Name() == (critic.Rollout{}).Name() {
			draws, tokens = critic.Rollouts, cfg.Sampling.MaxTokens
		}
		// Each simulation leads to at most one new state to ask about.
		all = append(all, cost{
			role: "critic " + w.Critic.Name(), calls: cfg.Simulations, samples: draws * cfg.Simulations, tokens: tokens, given: true,
		})
	}
	return all
}

// ownTokens is the most that critics have the policy sample for a problem.
func (c critics) ownTokens(cfg mcts.Config) int {
	tokens := 0
	for i, cost := range c.costs(cfg) {
		if _, rollouts := cfg.Critics[i].Critic.(critic.Rollout); !rollouts || !c.others {
			tokens += cost.samples * cost.tokens
		}
	}
	return tokens
}
