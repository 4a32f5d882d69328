package mcts

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// maxSteps bounds the steps of one completion; what comes after is part of the last one.
const maxSteps = 512

// bytesPerToken is the usual size of a token of English text.
const bytesPerToken = 4

// Splitter cuts a completion into steps. The pieces concatenate to the sample's text, byte for
// byte: a step holds the separator that ends it, so that a prefix of steps is tokenised as it was
// when it was sampled.
type Splitter func(sample backends.Sample) []feedbackgen.Step

// ParseStep reads a step rule:
//
//	line         a step ends with its line
//	paragraph    a step ends with a blank line
//	sentence     a step ends with a full stop, question or exclamation mark, and the space after it
//	tokens:N     a step is N tokens, where the server returns them; else about as many, whole words
//	regex:EXPR   a step ends with each match of EXPR (Go syntax)
//	stop:TEXT    a step ends with each TEXT, in which \n is a line's end, \t a tab, and \\ a backslash
//	entropy:NATS a step begins, after 4 tokens at the earliest, at each token before which the policy's
//	             distribution over the next had at least so many nats; "entropy" alone is entropy:0.5
func ParseStep(rule string) (Splitter, error) {
	name, arg, _ := strings.Cut(rule, ":")
	switch name {
	case "line":
		return splitLines, nil
	case "paragraph":
		return endOf(regexp.MustCompile(`\n[ \t\r]*\n[\s]*`)), nil
	case "sentence":
		return endOf(regexp.MustCompile(`[.!?]["')\]]*\s+|\n\s*`)), nil
	case "tokens":
		n, err := strconv.Atoi(arg)
		if err != nil || n < 1 {
			return nil, bad("step", fmt.Sprintf("%q: tokens needs a number of at least 1, such as tokens:32", rule))
		}
		return func(s backends.Sample) []feedbackgen.Step { return splitTokens(s, n) }, nil
	case "regex":
		expr, err := regexp.Compile(arg)
		if err != nil || arg == "" {
			return nil, bad("step", fmt.Sprintf("%q is not a regular expression in Go's syntax, such as regex:\\n\\n", rule))
		}
		return endOf(expr), nil
	case "stop":
		if arg == "" {
			return nil, bad("step", `stop needs a text, such as stop:\n\n`)
		}
		return func(s backends.Sample) []feedbackgen.Step { return splitStops(s, unescape(arg)) }, nil
	case "entropy":
		nats, err := parseEntropy(rule, arg)
		if err != nil {
			return nil, err
		}
		return func(s backends.Sample) []feedbackgen.Step { return splitEntropy(s, nats) }, nil
	}
	return nil, bad("step", fmt.Sprintf("unknown rule %q; there are line, paragraph, sentence, tokens:N, regex:EXPR, stop:TEXT, entropy:NATS", rule))
}

// unescape reads what a command line cannot hold well.
func unescape(text string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t").Replace(text)
}

// separator is what stands between steps of the rule where they are listed without it: a trainer on
// steps joins them with it. Only blanks are left out of steps, so it is the blanks that a stop text
// ends with. Empty for rules whose steps have no separator of their own, and are listed as they are.
func separator(rule string) string {
	if text, ok := strings.CutPrefix(rule, "stop:"); ok {
		text = unescape(text)
		return text[len(strings.TrimRight(text, blanks)):]
	}
	return map[string]string{"line": "\n", "paragraph": "\n\n", "sentence": " "}[rule]
}

// blanks are what is left out at the end of listed steps that a separator joins.
const blanks = " \t\r\n"

// endOf cuts after each match of expr.
func endOf(expr *regexp.Regexp) Splitter {
	return func(s backends.Sample) []feedbackgen.Step {
		var cuts []int
		for _, match := range expr.FindAllStringIndex(s.Text, maxSteps) {
			cuts = append(cuts, match[1])
		}
		return cutAt(s.Text, cuts)
	}
}

// splitLines cuts after each line, without the expression machine: it is the default, and steps are
// cut in every simulation.
func splitLines(s backends.Sample) []feedbackgen.Step {
	var cuts []int
	for at := 0; len(cuts) < maxSteps; {
		line := strings.IndexByte(s.Text[at:], '\n')
		if line < 0 {
			break
		}
		at += line + 1
		at += len(s.Text[at:]) - len(strings.TrimLeft(s.Text[at:], " \t\r\n\v\f"))
		cuts = append(cuts, at)
	}
	return cutAt(s.Text, cuts)
}

// splitStops cuts after each stop.
func splitStops(s backends.Sample, stop string) []feedbackgen.Step {
	var cuts []int
	for at := 0; len(cuts) < maxSteps; {
		next := strings.Index(s.Text[at:], stop)
		if next < 0 {
			break
		}
		at += next + len(stop)
		cuts = append(cuts, at)
	}
	return cutAt(s.Text, cuts)
}

// splitTokens cuts every n tokens. Where the server does not return the tokens, or they do not
// make up the text, it cuts where that many would be on average, at the next word.
func splitTokens(s backends.Sample, n int) []feedbackgen.Step {
	var cuts []int
	end := 0
	for i, token := range s.Logprobs {
		end += len(token.Token)
		if (i+1)%n == 0 {
			cuts = append(cuts, end)
		}
	}
	if end == len(s.Text) && end > 0 {
		return cutAt(s.Text, cuts)
	}
	// The server's count of tokens would do better, but one for several samples depends on how many
	// it drew at once, and the steps must not.
	size := bytesPerToken * n
	cuts = cuts[:0]
	for at := size; at < len(s.Text); at += size {
		space := strings.IndexByte(s.Text[at:], ' ')
		if space < 0 {
			break
		}
		at += space
		cuts = append(cuts, at)
	}
	return cutAt(s.Text, cuts)
}

// cutAt cuts text at the offsets given, in ascending order. Pieces are never empty nor blank (a
// blank one belongs to the step before), and never end inside a character.
func cutAt(text string, cuts []int) []feedbackgen.Step {
	steps := make([]feedbackgen.Step, 0, min(len(cuts)+1, maxSteps))
	start := 0
	for _, cut := range cuts {
		if len(steps) == maxSteps-1 {
			break
		}
		for cut < len(text) && !utf8.RuneStart(text[cut]) {
			cut++
		}
		if cut <= start || cut > len(text) || strings.TrimSpace(text[start:cut]) == "" || strings.TrimSpace(text[cut:]) == "" {
			continue
		}
		steps = append(steps, feedbackgen.Step{Text: text[start:cut]})
		start = cut
	}
	if start < len(text) || len(steps) == 0 {
		steps = append(steps, feedbackgen.Step{Text: text[start:]})
	}
	return steps
}

// checkLogprobs refuses samples without what puct explores by: a guess would be another search.
func checkLogprobs(samples []backends.Sample) error {
	for _, sample := range samples {
		if sample.Text != "" && len(sample.Logprobs) == 0 {
			return &feedbackgen.Failure{
				Op: "select by puct", Kind: feedbackgen.ErrInput, Cause: errors.New("a reply has no log-probabilities"),
				Hint: "choose another rule, such as --selection uct",
			}
		}
	}
	return nil
}

// stepProbabilities is how likely each step is, by the geometric mean of its tokens' probabilities;
// a token belongs to the step in which it begins. It is 0 for a step in which none begins.
func stepProbabilities(steps []feedbackgen.Step, tokens []backends.TokenLogprob) []float64 {
	probabilities := make([]float64, len(steps))
	at, begins := 0, 0
	for i, step := range steps {
		at += len(step.Text)
		sum, count := 0.0, 0
		for len(tokens) > 0 && (begins < at || i == len(steps)-1) {
			sum += tokens[0].Logprob
			begins += len(tokens[0].Token)
			tokens = tokens[1:]
			count++
		}
		if count > 0 {
			probabilities[i] = math.Exp(sum / float64(count))
		}
	}
	return probabilities
}
