package mock

import (
	"cmp"
	"context"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// Operands from hardOperand on are too much for the model: it gets those steps wrong with
// probability hardRate. Problems of one step are easy: it gets them wrong with easyRate.
const (
	hardOperand = 50
	hardRate    = 0.97
	easyRate    = 0.01
)

// Model is a toy model that solves the sums of [Problems], one step a line:
//
//	Step 1: 3 + 4 = 7.
//	Step 2: 7 * 2 = 14.
//	The answer is 14.
//
// A wrong step goes on to a wrong answer. Steps have few wordings and few wrong values, so that
// different draws often share them. A prefix is continued from where it stops, in mid-line too,
// with the value that its last line states. Asked whether two such steps A and B say the same, it sees
// through the wordings. Of anything else it knows just enough for [backends.Probe] to find out what the
// server around it can do.
//
// A sample depends on messages, prefix, temperature and its seed, whatever the number of samples;
// max tokens and stop strings only cut it. A token is a word or a mark, with the blank before it.
// The zero Model is ready to use; it is safe for concurrent use.
type Model struct {
	// Name is the name in the policy, "toy" by default.
	Name string
	// ErrorRate is the chance, in [0, 1], to get an ordinary step wrong at temperature 1; 0.15 by
	// default, negative for never.
	ErrorRate float64
	// NoAnswer is the chance to end without an answer; 0.02 by default, negative for never.
	NoAnswer float64
	// Ramble is the chance to go on and on in the place of the answer, until max tokens cuts it
	// off; 0.02 by default, negative for never.
	Ramble float64
}

var _ backends.Backend = (*Model)(nil)

// defaultMaxTokens bounds a sample for which the request has no bound.
const defaultMaxTokens = 512

// Policy is the toy's.
func (m *Model) Policy(context.Context) (feedbackgen.Policy, error) {
	return feedbackgen.Policy{Backend: "mock", Model: m.name(), Digest: "toy-1"}, nil
}

func (m *Model) name() string { return cmp.Or(m.Name, "toy") }

// Generate draws exactly req.N samples (one, if N is 0).
func (m *Model) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	if ctx.Err() != nil {
		return backends.Response{}, context.Cause(ctx)
	}
	n := max(1, req.N)
	reply := backends.Response{Samples: make([]backends.Sample, n), PromptTokens: promptTokens(&req)}
	for i := range reply.Samples {
		reply.Samples[i] = m.sample(&req, req.Sampling.Seed+int64(i))
	}
	return reply, nil
}

// sample is one draw.
func (m *Model) sample(req *backends.Request, seed int64) backends.Sample {
	d := draw{
		rng:  newRNG(req, seed),
		temp: temperature(req),
		text: req.Prefix,
	}
	limit := cmp.Or(req.Sampling.MaxTokens, defaultMaxTokens)
	m.write(&d, req.Messages, limit)
	return d.cut(req, limit, seed)
}

// temperature is the request's; so low a one that probabilities would underflow is greedy.
func temperature(req *backends.Request) float64 {
	if t := float64(req.Sampling.Temperature); t >= 0.01 {
		return t
	}
	return 0
}

// write goes on with d.text to the end of the turn, or until limit tokens are certain.
func (m *Model) write(d *draw, messages []feedbackgen.Message, limit int) {
	if same, asked := compared(messages); asked {
		d.append(map[bool]string{true: "Yes.", false: "No."}[same], 1)
		return
	}
	problem, ok := findSum(messages)
	if !ok {
		talk(d, messages)
		return
	}
	for {
		state := readState(d.text, problem.start)
		switch {
		case state.done:
			return
		case state.steps < len(problem.ops):
			d.choose(m.stepOptions(problem, state)...)
		case d.choose(m.endings(state)...) == rambling:
			for range limit/8 + 1 {
				d.append(rambling, 1)
			}
			return
		}
	}
}

// talk answers what is no sum. A sentence that it is asked to repeat it repeats, from where the
// text stops; to anything else it says a few words, other ones each time.
func talk(d *draw, messages []feedbackgen.Message) {
	if len(messages) > 0 {
		if _, sentence, ok := strings.Cut(messages[len(messages)-1].Content, "Repeat this sentence, and nothing else: "); ok {
			if rest, goesOn := strings.CutPrefix(sentence, d.text); goesOn {
				d.append(rest, 1)
			}
			return
		}
	}
	for range 6 {
		d.choose(option{"No.\n", 0.25}, option{"Yes.\n", 0.25}, option{"Maybe.\n", 0.25}, option{"Once.\n", 0.25})
	}
	d.append("I do not know.", 1)
}

// comparison is a question about two steps.
var comparison = regexp.MustCompile(`\nA: (.*)\nB: (.*)\n\nDo A and B say the same\?`)

// compared reads such a question, and whether the steps say the same.
func compared(messages []feedbackgen.Message) (same, asked bool) {
	if len(messages) == 0 {
		return false, false
	}
	steps := comparison.FindStringSubmatch(messages[len(messages)-1].Content)
	if steps == nil {
		return false, false
	}
	plain := func(step string) string { return strings.Replace(step, " gives ", " = ", 1) }
	return plain(steps[1]) == plain(steps[2]), true
}

// stepOptions are the lines that the model might write next, with their probabilities.
func (m *Model) stepOptions(problem sum, s state) []option {
	op := problem.ops[s.steps]
	wrong := rate(m.ErrorRate, 0.15)
	switch {
	case wrong == 0:
	case op.operand >= hardOperand:
		wrong = hardRate
	case len(problem.ops) == 1:
		wrong = easyRate
	}
	right := op.apply(s.value)
	line := "Step " + strconv.Itoa(s.steps+1) + ": " + strconv.Itoa(s.value) + " " + string(op.sign) + " " + strconv.Itoa(op.operand)
	return []option{
		{line + " = " + strconv.Itoa(right) + ".\n", 0.8 * (1 - wrong)},
		{line + " gives " + strconv.Itoa(right) + ".\n", 0.2 * (1 - wrong)},
		{line + " = " + strconv.Itoa(right+1) + ".\n", 0.5 * wrong},
		{line + " = " + strconv.Itoa(right-1) + ".\n", 0.3 * wrong},
		{line + " = " + strconv.Itoa(right+10) + ".\n", 0.2 * wrong},
	}
}

// The endings without an answer.
const (
	rambling = "Let me check that once more.\n"
	helpless = "I am not sure about this."
)

// endings are what the model might write after the last step.
func (m *Model) endings(s state) []option {
	none, ramble := rate(m.NoAnswer, 0.02), rate(m.Ramble, 0.02)
	return []option{
		{"The answer is " + strconv.Itoa(s.value) + ".", max(0, 1-none-ramble)},
		{helpless, none},
		{rambling, ramble},
	}
}

// rate is what a field of Model means.
func rate(field, byDefault float64) float64 {
	return max(0, min(1, cmp.Or(field, byDefault)))
}

// state is how far a text has come.
type state struct {
	steps int
	value int
	done  bool
}

// readState reads the whole lines of a text; its last line counts if it ends the turn.
func readState(text string, start int) state {
	s := state{value: start}
	for line := range strings.Lines(text) {
		whole := strings.HasSuffix(line, "\n")
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "The answer is ") && strings.HasSuffix(line, "."), line == helpless, line == "I do not know.":
			s.done = true
		case !whole || line == "":
		default:
			if value, ok := lastInt(line); ok {
				s.steps++
				s.value = value
			}
		}
	}
	return s
}

// lastInt is the last number in a line.
func lastInt(line string) (int, bool) {
	end := strings.LastIndexAny(line, "0123456789") + 1
	begin := end
	for begin > 0 && line[begin-1] >= '0' && line[begin-1] <= '9' {
		begin--
	}
	if begin > 0 && line[begin-1] == '-' && (begin == 1 || line[begin-2] == ' ') {
		begin--
	}
	value, err := strconv.Atoi(line[begin:end])
	return value, err == nil
}

// option is a line that may come next.
type option struct {
	line        string
	probability float64
}

// draw is a completion in the making.
type draw struct {
	rng      *rand.Rand
	temp     float64
	text     string // prefix and all
	pieces   []string
	logprobs []float64 // one for each of pieces
}

// choose draws a line among options that fit the unfinished line at the end of the text, appends
// what is missing of it, and returns the line. If none fits, the unfinished line is just ended.
func (d *draw) choose(options ...option) string {
	open := d.text[strings.LastIndexByte(d.text, '\n')+1:]
	var total float64
	weights := make([]float64, len(options))
	for i, o := range options {
		if o.probability > 0 && strings.HasPrefix(o.line, open) {
			weights[i] = o.probability
			if d.temp > 0 && d.temp != 1 {
				weights[i] = math.Pow(o.probability, 1/d.temp)
			}
			total += weights[i]
		}
	}
	if total == 0 {
		d.append("\n", 1)
		return ""
	}
	chosen, left := 0, d.rng.Float64()*total
	for i, w := range weights {
		switch {
		case d.temp <= 0 && w > weights[chosen]: // greedy
			chosen = i
		case d.temp > 0 && w > 0:
			if left >= 0 {
				chosen = i
			}
			left -= w
		}
	}
	d.append(options[chosen].line[len(open):], weights[chosen]/total)
	return options[chosen].line
}

// append adds sampled text.
func (d *draw) append(text string, probability float64) {
	d.text += text
	d.pieces = append(d.pieces, text)
	d.logprobs = append(d.logprobs, math.Log(probability))
}

// cut makes a sample of what was written, within the request's bounds.
func (d *draw) cut(req *backends.Request, limit int, seed int64) backends.Sample {
	text := strings.Join(d.pieces, "")
	for _, stop := range req.Sampling.Stop {
		if at := strings.Index(text, stop); stop != "" && at >= 0 {
			text = text[:at]
		}
	}
	s := backends.Sample{Text: text, Finish: backends.FinishStop, Seed: seed}
	end, n := tokensEnd(text, limit)
	if s.Tokens = n; end < len(text) {
		s.Text, s.Finish = text[:end], backends.FinishLength
	}
	if req.Logprobs {
		s.Logprobs = d.tokenLogprobs(len(s.Text))
	}
	return s
}

// tokenLogprobs spreads each piece's log-probability over its tokens, for the first size bytes.
func (d *draw) tokenLogprobs(size int) []backends.TokenLogprob {
	logprobs := []backends.TokenLogprob{}
	for i, piece := range d.pieces {
		tokens := tokenize(piece)
		for _, token := range tokens {
			token = token[:min(len(token), size)]
			if size -= len(token); token == "" {
				return logprobs
			}
			logprobs = append(logprobs, backends.TokenLogprob{Token: token, Logprob: d.logprobs[i] / float64(len(tokens))})
		}
	}
	return logprobs
}

// newRNG is a source of chance that knows the request's text and the seed.
func newRNG(req *backends.Request, seed int64) *rand.Rand {
	h := fnv.New64a()
	for _, m := range req.Messages {
		for _, part := range [...]string{m.Role, m.Content} {
			_, _ = h.Write([]byte(part)) // a hash never fails
			_, _ = h.Write([]byte{0})
		}
	}
	_, _ = h.Write([]byte(req.Prefix))
	return rand.New(rand.NewPCG(h.Sum64(), uint64(seed)))
}
