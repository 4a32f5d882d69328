package openai

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/internal/wire"
)

// fewAlternatives is what servers allow that do not allow wire.Alternatives, such as OpenAI's own
// for texts.
const fewAlternatives = 5

// alternatives is how many of the likeliest tokens to ask for at each position. Without any,
// llama-cpp-python gives no log-probabilities at all.
func (b *Backend) alternatives(req backends.Request) int {
	switch {
	case !req.Entropies:
		return 1
	case b.few.Load():
		return fewAlternatives
	}
	return wire.Alternatives
}

// refusesMany reports whether a request may have been refused for asking for so many alternatives.
func refusesMany(asked int, err error) bool {
	return asked > fewAlternatives && errors.Is(err, backends.ErrRefused) && strings.Contains(err.Error(), "logprobs")
}

// told is what one choice tells of its tokens; each is nil where any of it is missing.
type told struct {
	logprobs  []backends.TokenLogprob
	entropies []float64
}

// tokens reads what the choices tell of their tokens from the bytes, because go-openai turns null
// log-probabilities into zeros. Both shapes in use are read, the list of tokens and the older
// parallel lists. Asked is how many alternatives were asked for.
func tokens(req backends.Request, asked int, body []byte) []told {
	if !req.Logprobs {
		return nil
	}
	var reply struct {
		Choices []struct {
			Logprobs struct {
				Tokens        []string              `json:"tokens"`
				TokenLogprobs []*float64            `json:"token_logprobs"`
				TopLogprobs   []map[string]*float64 `json:"top_logprobs"`
				Content       []struct {
					Token       string   `json:"token"`
					Logprob     *float64 `json:"logprob"`
					TopLogprobs []struct {
						Logprob *float64 `json:"logprob"`
					} `json:"top_logprobs"`
				} `json:"content"`
			} `json:"logprobs"`
		} `json:"choices"`
	}
	if json.Unmarshal(body, &reply) != nil {
		return nil
	}
	all := make([]told, len(reply.Choices))
	for i, c := range reply.Choices {
		names, values := c.Logprobs.Tokens, c.Logprobs.TokenLogprobs
		alternatives := make([][]*float64, 0, len(names)+len(c.Logprobs.Content))
		for _, at := range c.Logprobs.TopLogprobs {
			likely := make([]*float64, 0, len(at))
			for _, logprob := range at {
				likely = append(likely, logprob)
			}
			alternatives = append(alternatives, likely)
		}
		for _, t := range c.Logprobs.Content {
			names, values = append(names, t.Token), append(values, t.Logprob)
			likely := make([]*float64, 0, len(t.TopLogprobs))
			for _, other := range t.TopLogprobs {
				likely = append(likely, other.Logprob)
			}
			alternatives = append(alternatives, likely)
		}
		all[i].logprobs = pair(names, values)
		if req.Entropies && all[i].logprobs != nil && len(alternatives) == len(names) {
			all[i].entropies = entropies(alternatives, asked)
		}
	}
	return all
}

func pair(tokens []string, values []*float64) []backends.TokenLogprob {
	if len(tokens) == 0 || len(tokens) != len(values) {
		return nil
	}
	paired := make([]backends.TokenLogprob, len(tokens))
	for i, value := range values {
		if value == nil {
			return nil
		}
		paired[i] = backends.TokenLogprob{Token: tokens[i], Logprob: *value}
	}
	return paired
}

// entropies are those of all positions, or none.
func entropies(alternatives [][]*float64, asked int) []float64 {
	all := make([]float64, len(alternatives))
	for i, likely := range alternatives {
		logprobs := make([]float64, len(likely))
		for j, logprob := range likely {
			if logprob == nil {
				return nil
			}
			logprobs[j] = *logprob
		}
		nats, ok := wire.Entropy(logprobs, asked)
		if !ok {
			return nil
		}
		all[i] = nats
	}
	return all
}
