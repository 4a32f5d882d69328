package embedded

import (
	"strings"

	"github.com/feedbackgen/feedbackgen/backends/embedded/tokenizer"
)

// answer assembles the text of a sample, up to the first stop string.
type answer struct {
	decoder *tokenizer.Decoder
	text    strings.Builder
	stops   []string
	// window is how many bytes before new text a stop string may begin.
	window  int
	stopped bool
	cut     int
}

func newAnswer(t *tokenizer.Tokenizer, stops []string) *answer {
	a := &answer{decoder: t.Decoder()}
	for _, s := range stops {
		if s != "" {
			a.stops = append(a.stops, s)
			a.window = max(a.window, len(s)-1)
		}
	}
	return a
}

// add appends a token's text, and says whether a stop string is there now.
func (a *answer) add(token int) (piece string, stopped bool) {
	piece = a.decoder.Next(token)
	return piece, a.write(piece)
}

func (a *answer) write(piece string) bool {
	from := max(0, a.text.Len()-a.window)
	a.text.WriteString(piece)
	for _, stop := range a.stops {
		at := strings.Index(a.text.String()[from:], stop)
		if at >= 0 && (!a.stopped || from+at < a.cut) {
			a.stopped, a.cut = true, from+at
		}
	}
	return a.stopped
}

// end returns the whole text, without the stop string and what follows it.
func (a *answer) end() string {
	if !a.stopped {
		a.write(a.decoder.Rest())
	}
	if a.stopped {
		return a.text.String()[:a.cut]
	}
	return a.text.String()
}
