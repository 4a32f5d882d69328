package mock

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// Template is the chat template that /props tells and /v1/completions understands (ChatML).
const Template = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}" +
	"{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

// asked is a request for completions, whichever way it came.
type asked struct {
	model   string
	request backends.Request
	raw     bool
	noSeed  bool
	render  func(ask *asked, prefix string, reply backends.Response) any
}

// parser reads a request's body.
type parser func(body []byte) (*asked, error)

// body is what requests for chats and texts look like; what is not here is ignored.
type body struct {
	Model               string        `json:"model"`
	Messages            []chatMessage `json:"messages"`
	Prompt              string        `json:"prompt"`
	N                   *int          `json:"n"`
	Seed                *int64        `json:"seed"`
	Stop                stringOrList  `json:"stop"`
	MaxTokens           int           `json:"max_tokens"`
	MaxCompletionTokens int           `json:"max_completion_tokens"`
	Temperature         *float64      `json:"temperature"`
	TopP                float64       `json:"top_p"`
	TopK                int           `json:"top_k"`
	MinP                float64       `json:"min_p"`
	// Logprobs is a flag in chats and a number in texts.
	Logprobs any  `json:"logprobs"`
	Stream   bool `json:"stream"`
}

type chatMessage struct {
	Role    string      `json:"role"`
	Content chatContent `json:"content"`
}

// chatContent is a string, or a list of parts.
type chatContent string

func (c *chatContent) UnmarshalJSON(data []byte) error {
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(data, &parts) != nil {
		return json.Unmarshal(data, (*string)(c))
	}
	for _, part := range parts {
		*c += chatContent(part.Text)
	}
	return nil
}

// stringOrList is one string, or several.
type stringOrList []string

func (s *stringOrList) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		if one != "" {
			*s = stringOrList{one}
		}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(s))
}

// chatRequest reads a request for a chat. A trailing message of the assistant is a prefix.
func chatRequest(data []byte) (*asked, error) {
	b, ask, err := parseBody(data)
	if err != nil {
		return nil, err
	}
	if len(b.Messages) == 0 {
		return nil, errors.New("messages is empty")
	}
	ask.render = renderChat
	for _, m := range b.Messages {
		ask.request.Messages = append(ask.request.Messages, feedbackgen.Message{Role: m.Role, Content: string(m.Content)})
	}
	splitPrefix(&ask.request)
	return ask, nil
}

// textRequest reads a request for a text, and finds the conversation in it.
func textRequest(data []byte) (*asked, error) {
	b, ask, err := parseBody(data)
	if err != nil {
		return nil, err
	}
	ask.render, ask.raw = renderText, true
	ask.request.Messages = parseTemplate(b.Prompt)
	splitPrefix(&ask.request)
	return ask, nil
}

func parseBody(data []byte) (*body, *asked, error) {
	b := &body{TopP: 1}
	if err := json.Unmarshal(data, b); err != nil {
		return nil, nil, fmt.Errorf("not a request: %w", err)
	}
	if b.Stream {
		return nil, nil, errors.New("streaming is not supported")
	}
	ask := &asked{model: b.Model, noSeed: b.Seed == nil}
	ask.request = backends.Request{N: 1, Logprobs: b.Logprobs != nil && b.Logprobs != false, Sampling: feedbackgen.Sampling{
		Temperature: 1, TopP: feedbackgen.Real(b.TopP), TopK: b.TopK, MinP: feedbackgen.Real(b.MinP),
		MaxTokens: max(b.MaxTokens, b.MaxCompletionTokens), Stop: b.Stop,
	}}
	if b.Temperature != nil {
		ask.request.Sampling.Temperature = feedbackgen.Real(*b.Temperature)
	}
	if b.Seed != nil {
		ask.request.Sampling.Seed = *b.Seed
	}
	if b.N != nil {
		ask.request.N = *b.N
	}
	if ask.request.N < 1 || ask.request.N > 128 {
		return nil, nil, fmt.Errorf("n is %d, but must be from 1 to 128", ask.request.N)
	}
	return b, ask, nil
}

// splitPrefix takes a trailing message of the assistant for the beginning of the answer.
func splitPrefix(r *backends.Request) {
	last := len(r.Messages) - 1
	if last < 0 || r.Messages[last].Role != feedbackgen.RoleAssistant {
		return
	}
	r.Prefix, r.Continue = r.Messages[last].Content, backends.Native
	r.Messages = r.Messages[:last]
}

// parseTemplate reads what Template wrote; a turn that is not closed is the last. Other text is
// one message of the user.
func parseTemplate(text string) []feedbackgen.Message {
	var messages []feedbackgen.Message
	for _, turn := range strings.Split(text, "<|im_start|>")[1:] {
		role, content, _ := strings.Cut(turn, "\n")
		content, _, _ = strings.Cut(content, "<|im_end|>")
		messages = append(messages, feedbackgen.Message{Role: role, Content: content})
	}
	if messages == nil {
		return []feedbackgen.Message{feedbackgen.User(text)}
	}
	return messages
}

type modelList struct {
	Object string  `json:"object"`
	Data   []model `json:"data"`
}

type model struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	OwnedBy string `json:"owned_by"`
}

type completion struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   usage    `json:"usage"`
}

type usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
}

type choice struct {
	Index        int          `json:"index"`
	Message      *chatReply   `json:"message,omitempty"`
	Text         *string      `json:"text,omitempty"`
	FinishReason string       `json:"finish_reason"`
	Logprobs     *logprobList `json:"logprobs"`
}

type chatReply struct {
	Role      string `json:"role"`
	Content   string `json:"content"`
	Reasoning string `json:"reasoning,omitempty"`
}

// logprobList has Content in chats, and Tokens and TokenLogprobs in texts.
type logprobList struct {
	Content       []logprob `json:"content,omitempty"`
	Tokens        []string  `json:"tokens,omitempty"`
	TokenLogprobs []float64 `json:"token_logprobs,omitempty"`
}

type logprob struct {
	Token       string    `json:"token"`
	Logprob     float64   `json:"logprob"`
	Bytes       []int     `json:"bytes"`
	TopLogprobs []logprob `json:"top_logprobs"`
}

func renderChat(ask *asked, prefix string, reply backends.Response) any {
	c := renderCompletion(ask, "chat.completion", reply)
	for i, s := range reply.Samples {
		c.Choices[i].Message = &chatReply{Role: feedbackgen.RoleAssistant, Content: prefix + s.Text, Reasoning: s.Thinking}
		if s.Logprobs == nil {
			continue
		}
		c.Choices[i].Logprobs = &logprobList{Content: make([]logprob, len(s.Logprobs))}
		for j, t := range s.Logprobs {
			c.Choices[i].Logprobs.Content[j] = logprob{Token: t.Token, Logprob: t.Logprob, TopLogprobs: []logprob{}}
		}
	}
	return c
}

func renderText(ask *asked, prefix string, reply backends.Response) any {
	c := renderCompletion(ask, "text_completion", reply)
	for i, s := range reply.Samples {
		text := prefix + s.Text
		c.Choices[i].Text = &text
		if s.Logprobs == nil {
			continue
		}
		c.Choices[i].Logprobs = &logprobList{}
		for _, t := range s.Logprobs {
			c.Choices[i].Logprobs.Tokens = append(c.Choices[i].Logprobs.Tokens, t.Token)
			c.Choices[i].Logprobs.TokenLogprobs = append(c.Choices[i].Logprobs.TokenLogprobs, t.Logprob)
		}
	}
	return c
}

func renderCompletion(ask *asked, object string, reply backends.Response) completion {
	c := completion{ID: "mock", Object: object, Model: ask.model, Choices: make([]choice, len(reply.Samples))}
	c.Usage.PromptTokens = reply.PromptTokens
	for i, s := range reply.Samples {
		c.Choices[i] = choice{Index: i, FinishReason: string(s.Finish)}
		c.Usage.CompletionTokens += s.Tokens
	}
	c.Usage.TotalTokens = c.Usage.PromptTokens + c.Usage.CompletionTokens
	return c
}

// writeError answers with an error in OpenAI's shape.
func writeError(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]any{"error": map[string]any{"message": message, "type": code, "code": code}})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeBody(w, status, text)
}

// writeBody sends a whole reply. That the client may be gone is no concern of the server's.
func writeBody(w http.ResponseWriter, status int, text []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
