package openai

import (
	"bytes"
	"encoding/json"
	"testing"

	api "github.com/sashabaranov/go-openai"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// Whatever is in the request, the spliced body is the same JSON object with the model replaced and
// the extra members added, none of them twice.
func TestSpliceAddsMembersToAnyRequest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.String().Draw(t, "content")
		name := rapid.String().Draw(t, "model")
		b := &Backend{config: Config{Model: name}}
		b.model, _ = json.Marshal(name)
		d := dialects[rapid.SampledFrom([]Vendor{Auto, OpenAI, VLLM, LlamaCpp, LlamaCppPython}).Draw(t, "vendor")]
		req := backends.Request{
			Messages: []feedbackgen.Message{feedbackgen.User(content)}, Prefix: rapid.String().Draw(t, "prefix"), N: 1,
			Sampling: feedbackgen.Sampling{
				Temperature: feedbackgen.Real(rapid.Float64Range(0, 2).Draw(t, "temperature")),
				TopP:        feedbackgen.Real(rapid.Float64Range(0, 1).Draw(t, "top_p")),
				MinP:        feedbackgen.Real(rapid.Float64Range(0, 1).Draw(t, "min_p")),
				TopK:        rapid.IntRange(-1, 100).Draw(t, "top_k"), MaxTokens: rapid.IntRange(0, 4096).Draw(t, "max"),
				Stop: rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "stop"), Seed: rapid.Int64().Draw(t, "seed"),
			},
		}
		if rapid.Bool().Draw(t, "schema") {
			req.Schema = json.RawMessage(`{"type":"object"}`)
		}
		seed := foldSeed(req.Sampling.Seed)
		body, err := json.Marshal(api.ChatCompletionRequest{
			Model: standIn, Messages: conversation(d, req), N: 1, Stop: req.Sampling.Stop, Seed: &seed, LogProbs: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		extra, err := b.extras(d, req, false)
		if err != nil {
			t.Fatal(err)
		}
		spliced, err := splice(body, b.model, extra)
		if err != nil {
			t.Fatal(err)
		}
		members := once(t, spliced)
		var original map[string]json.RawMessage
		if err := json.Unmarshal(body, &original); err != nil {
			t.Fatal(err)
		}
		for field, value := range original {
			if field != "model" && !bytes.Equal(members[field], value) {
				t.Fatalf("%s was %s and is %s", field, value, members[field])
			}
		}
		var temperature float64
		if err := json.Unmarshal(members["temperature"], &temperature); err != nil || temperature != float64(req.Sampling.Temperature) {
			t.Fatalf("temperature is %s, want %v", members["temperature"], req.Sampling.Temperature)
		}
		if !bytes.Equal(members["model"], b.model) {
			t.Fatalf("model is %s, want %s", members["model"], b.model)
		}
	})
}

// once decodes an object and fails if a member occurs twice.
func once(t rapid.TB, object []byte) map[string]json.RawMessage {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(object))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		t.Fatalf("not an object: %s", object)
	}
	members := map[string]json.RawMessage{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			t.Fatalf("%v in %s", err, object)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			t.Fatalf("%v in %s", err, object)
		}
		if _, twice := members[name.(string)]; twice {
			t.Fatalf("%s occurs twice in %s", name, object)
		}
		members[name.(string)] = value
	}
	return members
}

func FuzzSplice(f *testing.F) {
	f.Add([]byte(`{"model":"feedbackgen","messages":[],"stream":false}`), []byte(`"temperature":0`))
	f.Add([]byte(`{"model":"feedbackgen"}`), []byte(``))
	f.Add([]byte(`{"model":"feedbackgen"}`), []byte(` `))
	f.Add([]byte(`{}`), []byte(`"a":1`))
	f.Add([]byte(``), []byte(``))
	f.Fuzz(func(t *testing.T, body, extra []byte) {
		spliced, err := splice(body, []byte(`"m"`), extra)
		if err != nil {
			return
		}
		whole := append(append([]byte{'{'}, extra...), '}')
		if json.Valid(body) && json.Valid(whole) && !json.Valid(spliced) {
			t.Fatalf("%s and %s became %s", body, extra, spliced)
		}
	})
}

func BenchmarkSplice(b *testing.B) {
	backend := &Backend{model: []byte(`"a-model"`)}
	req := backends.Request{
		Messages: []feedbackgen.Message{feedbackgen.User(string(bytes.Repeat([]byte("a problem in words "), 60)))}, N: 1,
		Sampling: feedbackgen.Sampling{Temperature: 0.7, TopP: 0.95, MaxTokens: 512, Seed: 1},
	}
	body, err := json.Marshal(api.ChatCompletionRequest{Model: standIn, Messages: conversation(dialects[Auto], req), N: 1})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		extra, err := backend.extras(dialects[Auto], req, false)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := splice(body, backend.model, extra); err != nil {
			b.Fatal(err)
		}
	}
}
