package judge

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// maxReply bounds a reply in bytes: what is longer is no list of verdicts.
const maxReply = 16 << 10

// word is one yes or no, and where it stands in the reply.
type word struct {
	yes        bool
	start, end int
}

// parseVerdicts reads n verdicts from a whole reply: a JSON list of "yes" and "no", or lines "1. yes"
// numbered from 1 to n, in any case of letters; for n = 1 also the word alone. Reasoning up to a
// last </think> and a fence of backticks around it all are passed over. Anything else in the reply
// makes it unreadable, so that nothing a judge quotes is taken for its verdict.
func parseVerdicts(reply string, n int) ([]word, error) {
	if len(reply) > maxReply {
		return nil, fmt.Errorf("the reply is longer than %d bytes", maxReply)
	}
	text, offset := unwrap(reply)
	var words []word
	var err error
	switch {
	case text == "":
		return nil, errors.New("the reply is empty")
	case text[0] == '[':
		words, err = parseList(text)
	case n == 1 && !strings.ContainsAny(text, "\n0123456789"):
		words = make([]word, 1)
		words[0], err = parseWord(text, 0)
	default:
		words, err = parseLines(text, n)
	}
	if err != nil {
		return nil, err
	}
	if len(words) != n {
		return nil, fmt.Errorf("%d verdicts for %d rubrics", len(words), n)
	}
	for i := range words {
		words[i].start += offset
		words[i].end += offset
	}
	return words, nil
}

// unwrap takes reasoning, a fence and white space from around a reply, and says where the rest begins.
func unwrap(reply string) (text string, offset int) {
	text = strings.TrimLeft(reply, " \t\r\n")
	if strings.HasPrefix(text, "<think>") {
		end := strings.LastIndex(text, "</think>")
		if end < 0 {
			return "", 0
		}
		text = strings.TrimLeft(text[end+len("</think>"):], " \t\r\n")
	}
	offset = len(reply) - len(text) // all that was taken away so far stood in front
	text = strings.TrimRight(text, " \t\r\n")
	inside, fenced := strings.CutPrefix(text, "```")
	inside, closed := strings.CutSuffix(inside, "```")
	if !fenced || !closed {
		return text, offset
	}
	language, body, found := strings.Cut(inside, "\n")
	if !found || len(language) > 16 {
		return text, offset
	}
	offset += len("```") + len(language) + 1
	trimmed := strings.TrimLeft(body, " \t\r\n")
	offset += len(body) - len(trimmed)
	return strings.TrimRight(trimmed, " \t\r\n"), offset
}

func parseList(text string) ([]word, error) {
	if !gjson.Valid(text) {
		return nil, errors.New("the reply is not a JSON list")
	}
	var words []word
	var err error
	gjson.Parse(text).ForEach(func(_, element gjson.Result) bool {
		if element.Type != gjson.String || len(element.Str)+2 != len(element.Raw) {
			err = errors.New(`the list holds something else than "yes" and "no"`)
			return false
		}
		var w word
		w, err = parseWord(element.Str, element.Index+1)
		words = append(words, w)
		return err == nil && len(words) <= MaxRubrics
	})
	return words, err
}

func parseLines(text string, n int) ([]word, error) {
	var words []word
	offset := 0
	for line := range strings.Lines(text) {
		begin := offset
		offset += len(line)
		if strings.TrimSpace(line) == "" {
			continue
		}
		number, rest, found := cutNumber(line)
		if !found || number != len(words)+1 || number > n {
			return nil, errors.New("the reply is neither a JSON list nor lines that are numbered in order")
		}
		w, err := parseWord(rest, begin+len(line)-len(rest))
		if err != nil {
			return nil, err
		}
		words = append(words, w)
	}
	return words, nil
}

// cutNumber splits "1. yes", "1) yes" and "1: yes" after the mark.
func cutNumber(line string) (number int, rest string, found bool) {
	at := strings.IndexAny(line, ".):")
	if at < 0 {
		return 0, "", false
	}
	number, err := strconv.Atoi(strings.TrimSpace(line[:at]))
	return number, line[at+1:], err == nil
}

// parseWord reads yes or no, with nothing around it but white space, emphasis and quotation marks,
// and a full stop. The text begins at offset.
func parseWord(text string, offset int) (word, error) {
	const around = " \t\r\n*_\"'`"
	left := strings.TrimLeft(text, around)
	start := offset + len(text) - len(left)
	bare := strings.TrimRight(left, around+".")
	w := word{start: start, end: start + len(bare)}
	switch strings.ToLower(bare) {
	case "yes":
		w.yes = true
	case "no":
	default:
		return word{}, errors.New(`a verdict is neither "yes" nor "no"`)
	}
	return w, nil
}

// side is one of two answers as a judge calls them, or neither.
type side string

const (
	sideA   side = "a"
	sideB   side = "b"
	sideTie side = "tie"
)

// parseSide reads A, B or tie, and nothing else.
func parseSide(reply string) (side, error) {
	if len(reply) > maxReply {
		return "", fmt.Errorf("the reply is longer than %d bytes", maxReply)
	}
	text, _ := unwrap(reply)
	switch s := side(strings.ToLower(strings.Trim(text, " \t\r\n*_\"'`."))); s {
	case sideA, sideB, sideTie:
		return s, nil
	}
	return "", errors.New("the reply is neither A nor B nor tie")
}
