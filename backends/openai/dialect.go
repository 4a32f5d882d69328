package openai

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Vendor says whose dialect of the API a server speaks: all share OpenAI's fields, and differ in
// what else they take.
type Vendor string

// The dialects.
const (
	// Auto sends what most open servers take. It learns which server it is from the owner of the
	// model when [Backend.Policy] lists models, and drops the extra fields for a server that
	// refuses them, if none of them changes how samples are drawn.
	Auto Vendor = ""
	// OpenAI takes nothing but the documented fields; top_k and min_p cannot be had.
	OpenAI Vendor = "openai"
	// VLLM is vLLM's and SGLang's.
	VLLM Vendor = "vllm"
	// LlamaCpp is llama.cpp's server.
	LlamaCpp Vendor = "llamacpp"
	// LlamaCppPython is llama-cpp-python's server.
	LlamaCppPython Vendor = "llama-cpp-python"
)

// Vendors lists the dialects that can be asked for.
var vendors = []Vendor{OpenAI, VLLM, LlamaCpp, LlamaCppPython}

// schemaField is how a dialect takes a JSON schema; 0 is not at all.
type schemaField int

const (
	// nestedSchema: response_format of type json_schema, OpenAI's.
	nestedSchema schemaField = iota + 1
	// objectSchema: response_format of type json_object with a schema beside it.
	objectSchema
	// bareSchema: a json_schema field.
	bareSchema
)

// dialect is what differs between servers.
type dialect struct {
	// extended: top_k and min_p may be sent. noTopK is the top_k that keeps every token.
	extended bool
	noTopK   int
	// penalties are members that turn repetition penalties off: a penalty is another policy.
	penalties string
	// continuing are members that ask for a trailing assistant message to be continued.
	continuing string
	// maxTokens is the name of the token limit in chats.
	maxTokens string
	// thinking: earlier turns' reasoning may be sent back as reasoning_content.
	thinking bool
	// chatSchema and rawSchema say how the two endpoints take a JSON schema.
	chatSchema, rawSchema schemaField
}

const continueFields = `"continue_final_message":true,"add_generation_prompt":false`

var dialects = map[Vendor]*dialect{
	Auto: {
		extended: true, penalties: `"repetition_penalty":1,"repeat_penalty":1`, continuing: continueFields,
		maxTokens: "max_tokens", thinking: true, chatSchema: nestedSchema,
	},
	OpenAI: {maxTokens: "max_completion_tokens", chatSchema: nestedSchema},
	VLLM: {
		extended: true, noTopK: -1, penalties: `"repetition_penalty":1`, continuing: continueFields,
		maxTokens: "max_tokens", thinking: true, chatSchema: nestedSchema, rawSchema: nestedSchema,
	},
	LlamaCpp: {
		extended: true, penalties: `"repeat_penalty":1`,
		maxTokens: "max_tokens", thinking: true, chatSchema: nestedSchema, rawSchema: bareSchema,
	},
	LlamaCppPython: {
		extended: true, penalties: `"repeat_penalty":1`,
		maxTokens: "max_tokens", chatSchema: objectSchema,
	},
}

// plain is Auto for servers that refuse what OpenAI does not document, but for the name of the
// token limit, which such servers know by its older name.
var plain = &dialect{maxTokens: "max_tokens", chatSchema: nestedSchema}

func (v Vendor) dialect(base *url.URL) (*dialect, error) {
	if v == Auto && base.Hostname() == "api.openai.com" {
		v = OpenAI
	}
	if d, ok := dialects[v]; ok {
		return d, nil
	}
	return nil, fmt.Errorf("unknown vendor %q: there are %v", v, vendors)
}

// learn takes the dialect of the server that names owner as its models' owner.
func (b *Backend) learn(owner string) {
	known := map[string]Vendor{"vllm": VLLM, "sglang": VLLM, "llamacpp": LlamaCpp, "me": LlamaCppPython}
	if vendor, ok := known[strings.ToLower(owner)]; ok {
		b.dialect.Store(dialects[vendor])
	}
}

// optional are the fields that a strict server may refuse, and that change nothing where they say
// what is the default everywhere.
var optional = []string{
	"top_k", "min_p", "repetition_penalty", "repeat_penalty",
	"continue_final_message", "add_generation_prompt", "reasoning_content",
}

// reserved are the fields that Config.Extra may not set.
var reserved = append([]string{
	"model", "messages", "prompt", "n", "best_of", "echo", "stream", "stop", "seed", "temperature", "top_p",
	"max_tokens", "max_completion_tokens", "logprobs", "top_logprobs", "response_format", "json_schema",
}, optional...)

// refusesOptional reports whether a refusal is about one of the optional fields.
func refusesOptional(said string) bool {
	return slices.ContainsFunc(optional, func(field string) bool { return strings.Contains(said, field) })
}
