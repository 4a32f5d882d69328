package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// cost is the most that one part of a module's work takes of a problem, if one call draws all samples of
// a request.
type cost struct {
	role           string
	calls, samples int
	// tokens is the longest completion; 0 is --max-tokens.
	tokens int
	// given says that prompts hold a completion, or its beginning, beside the problem.
	given bool
	// more are the further completions that they hold.
	more int
	// words are the tokens of prompts that do not hold the problem, less the completions; 0 if they do.
	words int
}

// times is so many of the same costs, for something that the role names say it is for.
func times(n int, what string, costs []cost) []cost {
	costs = slices.Clone(costs)
	for i := range costs {
		costs[i].role, costs[i].calls, costs[i].samples = what+costs[i].role, n*costs[i].calls, n*costs[i].samples
	}
	return costs
}

// estimate is what a run would take, and what --dry-run --json prints. Most is what it cannot exceed, as
// far as it is counted; About takes a quarter of --max-tokens for a completion, and one call for all
// samples of a request.
type estimate struct {
	FirstRequest []feedbackgen.Message `json:"first_request"`
	Problems     int                   `json:"problems"`
	amounts
	Roles []roleEstimate `json:"roles"`
	// AboutMoney and MostMoney are in the currency of the prices; nil without any.
	AboutMoney *float64 `json:"about_money"`
	MostMoney  *float64 `json:"most_money"`
	NotCounted []string `json:"not_counted"`
}

// amounts are calls and tokens. Where the server draws one sample a call, it takes as many calls as samples.
type amounts struct {
	MostCalls             int64 `json:"most_calls"`
	MostSamples           int64 `json:"most_samples"`
	AboutPromptTokens     int64 `json:"about_prompt_tokens"`
	MostPromptTokens      int64 `json:"most_prompt_tokens"`
	AboutCompletionTokens int64 `json:"about_completion_tokens"`
	MostCompletionTokens  int64 `json:"most_completion_tokens"`
}

func (a *amounts) add(b amounts) {
	a.MostCalls += b.MostCalls
	a.MostSamples += b.MostSamples
	a.AboutPromptTokens += b.AboutPromptTokens
	a.MostPromptTokens += b.MostPromptTokens
	a.AboutCompletionTokens += b.AboutCompletionTokens
	a.MostCompletionTokens += b.MostCompletionTokens
}

type roleEstimate struct {
	Role string `json:"role"`
	amounts
}

const (
	// bytesPerToken is the usual size of a token of English text.
	bytesPerToken = 4
	// usualShare is the part of --max-tokens that a completion is taken to need, in the denominator.
	usualShare = 4
)

// notCounted are costs that only a run shows.
var notCounted = []string{
	"what the server's chat template and skills add to prompts",
	"calls that are tried again after a failure",
	"the first calls, which find out what the server can do",
}

// dryRun shows the first prompt and an estimate.
func (j *job) dryRun(ctx context.Context, problems feedbackgen.ProblemSet, module settledModule) error {
	e := estimate{Problems: problems.Count, NotCounted: notCounted, FirstRequest: []feedbackgen.Message{}, Roles: []roleEstimate{}}
	if j.runFlags.maxProblems > 0 {
		e.Problems = min(e.Problems, j.runFlags.maxProblems)
	}
	var promptBytes, seen int64
	for problem, err := range problems.All(ctx) {
		if err != nil {
			return err
		}
		req, err := module.first(problem)
		if err != nil {
			return err
		}
		if seen == 0 {
			e.FirstRequest = req.Messages
		}
		for _, m := range req.Messages {
			promptBytes += int64(len(m.Content))
		}
		if seen++; seen == 1000 || int(seen) == e.Problems {
			break // enough to estimate from
		}
	}
	prompt := (promptBytes + bytesPerToken*seen - 1) / (bytesPerToken * seen)
	for _, c := range module.costs {
		role := roleEstimate{c.role, c.amounts(int64(e.Problems), prompt, int64(j.samplingFlags.maxTokens))}
		e.Roles = append(e.Roles, role)
		e.add(role.amounts)
	}
	prices := backends.Prices{PromptPerMTok: j.runFlags.pricePrompt, CompletionPerMTok: j.runFlags.priceCompletion}
	if prices != (backends.Prices{}) {
		about := prices.Cost(backends.Usage{PromptTokens: e.AboutPromptTokens, CompletionTokens: e.AboutCompletionTokens})
		most := prices.Cost(backends.Usage{PromptTokens: e.MostPromptTokens, CompletionTokens: e.MostCompletionTokens})
		e.AboutMoney, e.MostMoney = &about, &most
	}
	if j.runFlags.json {
		return writeJSON(j.env.stdout, e)
	}
	return writeEstimate(j.env.stdout, e)
}

// amounts are what so many problems with prompts of so many tokens take.
func (c cost) amounts(problems, prompt, maxTokens int64) amounts {
	calls, samples, tokens := problems*int64(c.calls), problems*int64(c.samples), maxTokens
	if c.tokens > 0 {
		tokens = int64(c.tokens)
	}
	given := int64(0)
	if c.given {
		given = int64(1+c.more) * maxTokens
	}
	if c.words > 0 {
		prompt = int64(c.words)
	}
	return amounts{
		MostCalls: calls, MostSamples: samples,
		AboutPromptTokens: calls * (prompt + given/usualShare), MostPromptTokens: samples * (prompt + given),
		AboutCompletionTokens: samples * tokens / usualShare, MostCompletionTokens: samples * tokens,
	}
}

func writeEstimate(w io.Writer, e estimate) error {
	var text strings.Builder
	fmt.Fprintln(&text, "The first request:")
	for _, m := range e.FirstRequest {
		fmt.Fprintf(&text, "\n[%s]\n%s\n", m.Role, abridged(m.Content))
	}
	fmt.Fprintf(&text, "\nproblems           %d\ncalls, at most     %d (%d where the server draws one sample a call)\n", e.Problems, e.MostCalls, e.MostSamples)
	fmt.Fprintf(&text, "prompt tokens      about %s, at most %s\n", short(e.AboutPromptTokens), short(e.MostPromptTokens))
	fmt.Fprintf(&text, "completion tokens  about %s, at most %s\n", short(e.AboutCompletionTokens), short(e.MostCompletionTokens))
	if e.AboutMoney != nil {
		fmt.Fprintf(&text, "money              about %.2f, at most %.2f\n", *e.AboutMoney, *e.MostMoney)
	}
	if len(e.Roles) > 1 {
		fmt.Fprintf(&text, "\n%-34s %9s %9s %9s %9s\n", "at most, by role", "calls", "samples", "tokens in", "out")
		for _, r := range e.Roles {
			fmt.Fprintf(&text, "  %-32s %9d %9d %9s %9s\n", r.Role, r.MostCalls, r.MostSamples, short(r.MostPromptTokens), short(r.MostCompletionTokens))
		}
	}
	fmt.Fprintf(&text, `
Nobody was called. The most is reached where every problem takes all its draws;
most end earlier. A token is taken for %d bytes, a prompt that holds a problem to
be as long as they are on average, a completion for 1/%d of its limit, and the
server to go on from partial solutions, each of which sends prompt and beginning
again.
`, bytesPerToken, usualShare)
	var left table
	left.wrap("", "Not counted: "+strings.Join(e.NotCounted, "; ")+".")
	text.WriteString(left.text.String())
	_, err := io.WriteString(w, text.String())
	return err
}

const (
	// longestShown is how many lines of a prompt are shown; of a longer one, the first and the last.
	longestShown = 40
	lastShown    = 10
)

// abridged leaves out the middle of a long text.
func abridged(text string) string {
	lines := strings.Split(text, "\n")
	if len(lines) <= longestShown {
		return text
	}
	first := longestShown - lastShown
	left := fmt.Sprintf("[... %d lines left out ...]", len(lines)-longestShown)
	return strings.Join(slices.Concat(lines[:first], []string{left}, lines[len(lines)-lastShown:]), "\n")
}
