package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/feedbackgen/feedbackgen"
)

// remedy is what to do about something that is paid for and then lost.
type remedy struct {
	// ending is how the name of the count ends that says how much; what stands before it is the count of all.
	ending string
	// of, if given, is the only count of all that is meant.
	of string
	// lost and what continue the sentence "3 of 10 answers ...".
	lost, what string
	// share of all, from which on a person should hear of it.
	share float64
}

// Shares from which on a person should hear of it. Of the tasks that a model writes some are always lost: abacus, whose loop
// works, loses 22 % because their answers are no whole numbers.
const (
	fewSolutions = 0.1
	fewTasks     = 0.3
	nearlyAll    = 0.9
)

var remedies = []remedy{
	{ending: ".invalid.truncated", lost: "ran into the token limit", what: "raise --max-tokens, or end them with --stop where the model goes on after its answer", share: fewSolutions},
	{ending: ".invalid.unparsed", lost: "hold no answer that can be read", what: "see whether prompt (--dry-run shows it, --prompts replaces it) and --verifier agree on what an answer looks like", share: fewSolutions},
	{ending: ".of_one_step", lost: "are of one step", what: "see whether --step fits how the model writes; of whole solutions alone, a search knows no more than best-of-n", share: nearlyAll},

	{ending: ".not_written", of: "tasks", lost: "were not written, because the server refused the call", what: "if the prompt does not fit into the model's context, raise --context-length or split the document; an ALARM above, and rounds.jsonl, give the server's reason", share: fewSolutions},
	{ending: ".error", of: "tasks", lost: "could not be put to the solver, because the server refused the call", what: "if the prompt does not fit into the model's context, raise --context-length, lower --max-tokens, or split the document", share: fewSolutions},
	{ending: ".invalid.unreadable", of: "tasks", lost: "are not in the form that the challenger is asked for", what: "look at what it wrote (challenges.jsonl), and " + betterChallenger, share: fewTasks},
	{ending: ".invalid.ill_formed", of: "tasks", lost: "come with an expression that does not compute", what: betterChallenger, share: fewTasks},
	{ending: ".invalid.no_calculation", of: "tasks", lost: "come with a bare number for an expression", what: betterChallenger, share: fewTasks},
	{ending: ".invalid.not_whole", of: "tasks", lost: "have no whole number for an answer", what: betterChallenger, share: fewTasks},
	{ending: ".invalid.numbers_missing", of: "tasks", lost: "do not say all numbers of their expression", what: betterChallenger, share: fewTasks},
	{ending: ".invalid.duplicate", of: "tasks", lost: "are nearly the same as an earlier one", what: "raise --temperature, lower --tasks or --rounds, or begin with more documents or --problems", share: fewTasks},
	{ending: ".invalid.not_quoted", of: "tasks", lost: "quote a proof that is not in the document word for word", what: betterChallenger, share: fewTasks},
	{ending: ".invalid.answer_told", of: "tasks", lost: "tell their own answer", what: betterChallenger, share: fewTasks},
	{ending: ".invalid.bad_rubrics", of: "tasks", lost: "come without usable rubrics", what: betterChallenger, share: fewTasks},
	{ending: ".invalid.unsolved", of: "tasks", lost: "are never solved, not even with the document", what: "read some (tasks.jsonl): if they can be answered, the solver is too weak for them or the judge too strict; if not, " + betterChallenger, share: fewTasks},
	{ending: ".judge", of: "alarms", lost: "say that the judge may not be relied on", what: "let a larger model judge (--role judge,model=NAME), or a rule, which compares with the challenger's short answer (--judge rule)", share: fewSolutions},
}

// betterChallenger is what to do about a model that cannot write tasks.
const betterChallenger = "let a larger model write them (--model; about documents also --role challenger,model=NAME), or ask for them in other words (--prompts)"

// advice is what a person may want to change: what nobody can judge, or nobody could write, is paid for, and
// says nothing.
func advice(counts feedbackgen.Counts) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		for _, r := range remedies {
			what, found := strings.CutSuffix(name, r.ending)
			if !found || r.of != "" && r.of != what || counts[name] == 0 {
				continue
			}
			if strings.HasPrefix(what, countsOfBaselines) || float64(counts[name]) < r.share*float64(counts[what]) {
				continue
			}
			all = append(all, fmt.Sprintf("%d of %d %s %s: %s.", counts[name], counts[what], strings.ReplaceAll(what, "_", " "), r.lost, r.what))
		}
	}
	return all
}
