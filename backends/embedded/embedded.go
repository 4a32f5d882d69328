package embedded

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed" // for abacus.gguf
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
	"github.com/feedbackgen/feedbackgen/backends/embedded/gguf"
	"github.com/feedbackgen/feedbackgen/backends/embedded/tokenizer"
)

// Config says which model to run, and with how much. Its zero values are useful.
type Config struct {
	// Path is a GGUF file; default Abacus, the small model inside the binary: see train/MODEL_CARD.md.
	Path string
	// Name is what the policy calls the model; default the file's name without its extension.
	Name string
	// PolicyID is the user's own name for the weights.
	PolicyID string
	// Context is how many tokens prompt and answer may have together; default the model's own
	// length, at most 4096. More than the model's own is an error.
	Context int
	// CacheBytes bounds the memory for keys and values, of running requests and of prefixes kept for
	// later ones. Default: twice what full slots need, at most 192 MiB, but always enough for one
	// request that fills the context; less than that is an error.
	CacheBytes int64
	// Threads is how many goroutines compute; default GOMAXPROCS.
	Threads int
	// Slots is how many samples grow at once; default 16.
	Slots int
}

const (
	defaultContext = 4096
	defaultCache   = 192 << 20
	defaultSlots   = 16
)

// Backend is one model in this process.
type Backend struct {
	tokenizer *tokenizer.Tokenizer
	chat      *chat
	policy    feedbackgen.Policy
	context   int
	slots     int
	scheduler *scheduler
}

var (
	_ backends.Backend   = (*Backend)(nil)
	_ backends.Scorer    = (*Backend)(nil)
	_ backends.Holder    = (*Backend)(nil)
	_ backends.Slotter   = (*Backend)(nil)
	_ backends.Continuer = (*Backend)(nil)
	_ io.Closer          = (*Backend)(nil)
)

//go:embed abacus.gguf
var abacus []byte

// Default opens Abacus as it is.
func Default() (*Backend, error) { return Open(Config{}) }

// Open reads a model. Its errors are [backends.ErrConfig] and name the file and the field. Close the
// backend after use.
func Open(config Config) (*Backend, error) {
	if config.Path == "" {
		return open(bytes.NewReader(abacus), int64(len(abacus)), "abacus.gguf", config)
	}
	file, err := os.Open(config.Path)
	if err != nil {
		return nil, unusable(err)
	}
	defer func() { _ = file.Close() }() // it was only read
	info, err := file.Stat()
	if err != nil {
		return nil, unusable(err)
	}
	return open(file, info.Size(), filepath.Base(config.Path), config)
}

func open(r io.ReaderAt, size int64, name string, config Config) (*Backend, error) {
	f, err := gguf.Parse(name, r, size)
	if err != nil {
		return nil, unusable(err)
	}
	if _, err := readShape(f); err != nil {
		return nil, unusable(err) // before anything that other architectures have otherwise
	}
	b := &Backend{slots: config.Slots}
	if b.slots <= 0 {
		b.slots = defaultSlots
	}
	if b.tokenizer, err = tokenizer.New(f); err != nil {
		return nil, unusable(err)
	}
	var template string
	if b.chat, template, err = readChat(f, b.tokenizer); err != nil {
		return nil, unusable(err)
	}
	m, err := readModel(f, b.tokenizer.Len())
	if err != nil {
		return nil, unusable(err)
	}
	if b.context, err = contextOf(m, name, config.Context); err != nil {
		return nil, unusable(err)
	}
	blocks, err := blocksOf(m, b.context, b.slots, config.CacheBytes)
	if err != nil {
		return nil, unusable(fmt.Errorf("%s: %w", name, err))
	}
	b.policy = feedbackgen.Policy{
		Backend: "embedded", Model: config.Name, ID: config.PolicyID, Template: digest([]byte(template)),
	}
	if b.policy.Model == "" {
		b.policy.Model = strings.TrimSuffix(name, filepath.Ext(name))
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(r, 0, size)); err != nil {
		return nil, unusable(fmt.Errorf("%s: %w", name, err))
	}
	b.policy.Digest = hex.EncodeToString(hash.Sum(nil))
	threads := config.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	b.scheduler = newScheduler(m, threads, b.slots, blocks, b.tokenizer.Ends)
	return b, nil
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// contextOf is how many tokens a sequence may have.
func contextOf(m *model, file string, asked int) (int, error) {
	switch {
	case asked <= 0:
		return min(m.context, defaultContext), nil
	case asked > m.context:
		return 0, badField(file, "llama.context_length", "%d, and a context of %d was asked for", m.context, asked)
	}
	return asked, nil
}

// blocksOf is how many blocks the cache may have.
func blocksOf(m *model, context, slots int, bytes int64) (int, error) {
	each := m.blockBytes()
	least := int64(context+blockRows-1)/blockRows + 1
	if bytes <= 0 {
		bytes = max(min(2*int64(slots)*least*each, defaultCache), least*each)
	}
	if bytes/each < least {
		return 0, fmt.Errorf("a cache of %d bytes is too small: one request that fills the context of %d tokens takes %d", bytes, context, least*each)
	}
	return int(bytes / each), nil
}

// Close ends all requests, and returns when nothing runs any more. Calling it again does nothing.
func (b *Backend) Close() error {
	b.scheduler.close()
	return nil
}

// Policy names the model, the SHA-256 of the file, and that of its chat template.
func (b *Backend) Policy(context.Context) (feedbackgen.Policy, error) { return b.policy, nil }

// Slots is how many samples grow at once.
func (b *Backend) Slots(context.Context) (int, error) { return b.slots, nil }

// Continuations are native and raw, which are the same here: the prefix is put where the template
// lets the answer begin. With both, a probe can tell that a prefix is continued even if the model is
// too small to complete a word.
func (b *Backend) Continuations(context.Context) ([]backends.Continuation, error) {
	return []backends.Continuation{backends.Native, backends.Raw}, nil
}

// Generate draws exactly req.N samples, which share the computation of the prompt. A JSON schema is
// refused; any continuation is native.
func (b *Backend) Generate(ctx context.Context, req backends.Request) (backends.Response, error) {
	if len(req.Schema) > 0 {
		return backends.Response{}, b.refused("the embedded engine keeps to no JSON schema", "ask without one")
	}
	if req.N < 1 {
		return backends.Response{}, b.refused(fmt.Sprintf("%d samples were asked for", req.N), "ask for at least 1")
	}
	prompt, err := b.prompt(ctx, req.Messages, req.Prefix, 1)
	if err != nil {
		return backends.Response{}, err
	}
	most := b.context - len(prompt)
	if req.Sampling.MaxTokens > 0 {
		most = min(most, req.Sampling.MaxTokens)
	}
	j := &job{prompt: prompt, undrawn: req.N}
	for i := range req.N {
		j.draws = append(j.draws, newDraw(b, req, i, most))
	}
	if err := b.do(ctx, j); err != nil {
		return backends.Response{}, err
	}
	response := backends.Response{PromptTokens: len(prompt)}
	for _, d := range j.draws {
		response.Samples = append(response.Samples, d.sample)
	}
	return response, nil
}

// Score returns the log-probability of each token of continuation, encoded by itself as what
// follows the prefix. The tokens' texts concatenate to the continuation.
func (b *Backend) Score(ctx context.Context, messages []feedbackgen.Message, prefix, continuation string) ([]backends.TokenLogprob, error) {
	given := b.tokenizer.Encode(continuation, false)
	if len(given) > 0 && b.tokenizer.Piece(given[0]) == " " && !strings.HasPrefix(continuation, " ") {
		given = given[1:] // SentencePiece's space before a text, but the text began long before
	}
	prompt, err := b.prompt(ctx, messages, prefix, len(given))
	if err != nil || len(given) == 0 {
		return nil, err
	}
	j := &job{prompt: prompt, given: given}
	if err := b.do(ctx, j); err != nil {
		return nil, err
	}
	decoder := b.tokenizer.Decoder()
	scored := make([]backends.TokenLogprob, len(given))
	for i, token := range given {
		scored[i] = backends.TokenLogprob{Token: decoder.Next(token), Logprob: j.scores[i]}
	}
	scored[len(given)-1].Token += decoder.Rest()
	return scored, nil
}

// Hold computes what is missing of the state after messages and prefix, and keeps it until release
// is called, or until every block of the cache is held and room is needed.
func (b *Backend) Hold(ctx context.Context, messages []feedbackgen.Message, prefix string) (func(), error) {
	prompt, err := b.prompt(ctx, messages, prefix, 0)
	if err != nil {
		return nil, err
	}
	j := &job{prompt: prompt, hold: true}
	if err := b.do(ctx, j); err != nil {
		return nil, err
	}
	var once sync.Once
	return func() { once.Do(func() { b.scheduler.release(j.held) }) }, nil
}

// Render returns what the model is given: the messages in the file's chat template, and prefix where
// the answer begins.
func (b *Backend) Render(_ context.Context, messages []feedbackgen.Message, prefix string) (string, error) {
	text, err := b.chat.render(messages)
	if err != nil {
		return "", b.refused("chat template: "+err.Error(), "")
	}
	return text + prefix, nil
}

// prompt returns the tokens of a prompt that leaves room for that many more.
func (b *Backend) prompt(ctx context.Context, messages []feedbackgen.Message, prefix string, room int) ([]int, error) {
	if ctx.Err() != nil {
		return nil, b.ended(ctx)
	}
	tokens, err := b.chat.tokens(messages, prefix)
	switch {
	case err != nil:
		return nil, b.refused("chat template: "+err.Error(), "")
	case len(tokens) == 0:
		return nil, b.refused("the prompt is empty", "")
	case len(tokens)+room > b.context:
		return nil, b.refused(fmt.Sprintf("the prompt's %d tokens do not fit the context of %d", len(tokens), b.context),
			"shorten the prompt, or use a model with a longer context")
	}
	return tokens, nil
}

// do has a job done.
func (b *Backend) do(ctx context.Context, j *job) error {
	j.ctx, j.done = ctx, make(chan struct{})
	if !b.scheduler.submit(j) {
		return b.closed()
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		b.scheduler.nudge()
		if j.hold {
			// It may be held already, which somebody has to end.
			if <-j.done; j.held != nil {
				b.scheduler.release(j.held)
			}
		}
		return b.ended(ctx)
	}
	if j.err == nil {
		return nil
	}
	if errors.Is(j.err, errClosed) {
		return b.closed()
	}
	return b.ended(ctx)
}
