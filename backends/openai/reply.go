package openai

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"slices"

	api "github.com/sashabaranov/go-openai"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/internal/wire"
)

// choice is one choice of either endpoint, before it becomes a sample.
type choice struct {
	index    int
	text     string
	thinking string
	finish   string
	told     told
	// empty: there is nothing in it at all, not even an empty answer.
	empty bool
}

func (b *Backend) readChat(req backends.Request, alternatives int, reply api.ChatCompletionResponse, body []byte) (backends.Response, error) {
	thoughts, tellings := reasoning(body), tokens(req, alternatives, body)
	choices := make([]choice, len(reply.Choices))
	for i, c := range reply.Choices {
		choices[i] = choice{
			index: c.Index, text: c.Message.Content, thinking: c.Message.ReasoningContent, finish: string(c.FinishReason),
		}
		if i < len(tellings) {
			choices[i].told = tellings[i]
		}
		if choices[i].thinking == "" && i < len(thoughts) {
			choices[i].thinking = thoughts[i]
		}
		choices[i].empty = c.Message.Role == "" && c.Message.Content == "" && choices[i].thinking == ""
	}
	return b.samples(req, choices, reply.Usage, body)
}

func (b *Backend) readCompletion(req backends.Request, alternatives int, reply api.CompletionResponse, body []byte) (backends.Response, error) {
	tellings := tokens(req, alternatives, body)
	choices := make([]choice, len(reply.Choices))
	for i, c := range reply.Choices {
		choices[i] = choice{index: c.Index, text: c.Text, finish: c.FinishReason}
		choices[i].empty = c.Text == "" && c.FinishReason == ""
		if i < len(tellings) {
			choices[i].told = tellings[i]
		}
	}
	var usage api.Usage
	if reply.Usage != nil {
		usage = *reply.Usage
	}
	return b.samples(req, choices, usage, body)
}

// samples judges the choices and makes samples of them.
func (b *Backend) samples(req backends.Request, choices []choice, usage api.Usage, body []byte) (backends.Response, error) {
	if len(choices) == 0 {
		said := "the reply has no choices"
		if bytes.Contains(body, []byte(`"error"`)) {
			said += ": " + wire.Message(body)
		}
		return backends.Response{}, b.server.Fail(backends.ErrTransient, said, "")
	}
	slices.SortStableFunc(choices, func(a, b choice) int { return cmp.Compare(a.index, b.index) })
	choices = choices[:min(len(choices), req.N)]
	shares := share(usage.CompletionTokens, choices)
	response := backends.Response{PromptTokens: usage.PromptTokens, Samples: make([]backends.Sample, 0, len(choices))}
	for i, c := range choices {
		sample := backends.Sample{
			Text: c.text, Thinking: c.thinking, Tokens: shares[i], Seed: req.Sampling.Seed + int64(i),
			Logprobs: c.told.logprobs, Entropies: c.told.entropies,
		}
		var err error
		sample.Finish, err = b.finish(req, c, shares[i])
		if err != nil && len(response.Samples) > 0 {
			// What came before it is good, and paid for; the rest can be asked for again.
			return response, nil
		}
		if err != nil {
			return backends.Response{}, err
		}
		response.Samples = append(response.Samples, sample)
	}
	return response, nil
}

func (b *Backend) finish(req backends.Request, c choice, tokens int) (backends.Finish, error) {
	switch c.finish {
	case "length", "max_tokens", "model_length":
		return backends.FinishLength, nil
	case "content_filter":
		return "", b.server.Fail(backends.ErrRefused, "the content filter withheld the answer", "")
	case "error", "abort":
		return "", b.server.Fail(backends.ErrTransient, "the server broke off the answer", "")
	}
	if c.empty {
		return "", b.server.Fail(backends.ErrTransient, "the reply has an empty choice", "")
	}
	if c.finish == "" && req.Sampling.MaxTokens > 0 && tokens >= req.Sampling.MaxTokens {
		return backends.FinishLength, nil
	}
	return backends.FinishStop, nil
}

// share splits the sum of sampled tokens among the choices by their length in bytes, to the token.
func share(total int, choices []choice) []int {
	shares := make([]int, len(choices))
	all := 0
	for _, c := range choices {
		all += len(c.text) + len(c.thinking)
	}
	left, bytesLeft := total, all
	for i, c := range choices {
		size := len(c.text) + len(c.thinking)
		if i == len(choices)-1 {
			shares[i] = left
			break
		}
		if bytesLeft > 0 {
			shares[i] = left * size / bytesLeft
		}
		left -= shares[i]
		bytesLeft -= size
	}
	return shares
}

// reasoning reads the field that go-openai does not know, by the index of the choice. Decoding a
// second time costs, so the bytes are searched first.
func reasoning(body []byte) []string {
	if !bytes.Contains(body, []byte(`"reasoning"`)) {
		return nil
	}
	var reply struct {
		Choices []struct {
			Message struct {
				Reasoning json.RawMessage `json:"reasoning"`
			} `json:"message"`
		} `json:"choices"`
	}
	if json.Unmarshal(body, &reply) != nil {
		return nil
	}
	thoughts := make([]string, len(reply.Choices))
	for i, c := range reply.Choices {
		// Servers that put something else than text there keep it.
		if err := json.Unmarshal(c.Message.Reasoning, &thoughts[i]); err != nil {
			thoughts[i] = ""
		}
	}
	return thoughts
}

// unlessUntold is err, unless it only means that the server cannot tell something optional: it lacks
// the address, or answers something else there.
func unlessUntold(err error) error {
	_, noJSON := errors.AsType[*json.SyntaxError](err)
	_, otherJSON := errors.AsType[*json.UnmarshalTypeError](err)
	if noJSON || otherJSON {
		return nil
	}
	if status, ok := errors.AsType[*wire.StatusError](err); ok && slices.Contains(untold, status.Code) {
		return nil
	}
	return err
}

// untold are the statuses of servers that lack an address.
var untold = []int{400, 404, 405, 422, 500, 501}
