package openai

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/feedbackgen/feedbackgen/backends"
)

// standIn is the model name that go-openai writes. It refuses token limits and log-probabilities
// for models whose names it takes for reasoning models, so the real name is put in afterwards.
const standIn = "feedbackgen"

const head = `{"model":"` + standIn + `"`

var errForeignBody = errors.New("go-openai wrote a body of an unknown shape")

// splice puts the real model's name (as JSON) in place of the stand-in at the body's beginning, and
// further members at its end, without parsing what is between: every call comes through here.
func splice(body, model, extra []byte) ([]byte, error) {
	if !bytes.HasPrefix(body, []byte(head)) || body[len(body)-1] != '}' {
		return nil, errForeignBody
	}
	middle := body[len(head) : len(body)-1]
	spliced := make([]byte, 0, len(`{"model":`)+len(model)+len(middle)+1+len(extra)+1)
	spliced = append(spliced, `{"model":`...)
	spliced = append(spliced, model...)
	spliced = append(spliced, middle...)
	if len(bytes.TrimSpace(extra)) > 0 {
		spliced = append(spliced, ',')
		spliced = append(spliced, extra...)
	}
	return append(spliced, '}'), nil
}

// extras are the members that go-openai's struct cannot express for this request.
func (b *Backend) extras(d *dialect, req backends.Request, raw bool) ([]byte, error) {
	s := req.Sampling
	m := make([]byte, 0, 384+len(b.extra)+len(req.Schema))
	m = append(m, `"temperature":`...)
	m = appendReal(m, float64(s.Temperature))
	m = append(m, `,"top_p":`...)
	m = appendReal(m, float64(s.TopP))
	if d.extended {
		topK := s.TopK
		if topK <= 0 {
			topK = d.noTopK
		}
		m = append(m, `,"top_k":`...)
		m = strconv.AppendInt(m, int64(topK), 10)
		m = append(m, `,"min_p":`...)
		m = appendReal(m, float64(s.MinP))
	}
	if s.MaxTokens > 0 {
		m = append(m, `,"`...)
		if raw {
			m = append(m, "max_tokens"...)
		} else {
			m = append(m, d.maxTokens...)
		}
		m = append(m, `":`...)
		m = strconv.AppendInt(m, int64(s.MaxTokens), 10)
	}
	m = appendMembers(m, d.penalties)
	if !raw && req.Prefix != "" {
		m = appendMembers(m, d.continuing)
	}
	m = appendMembers(m, string(b.extra))
	return appendSchema(m, d, req.Schema, raw)
}

func appendReal(m []byte, value float64) []byte { return strconv.AppendFloat(m, value, 'g', -1, 64) }

func appendMembers(m []byte, members string) []byte {
	if members == "" {
		return m
	}
	return append(append(m, ','), members...)
}

var errNoRawSchema = errors.New("this server takes no JSON schema with raw completions")

func appendSchema(m []byte, d *dialect, schema json.RawMessage, raw bool) ([]byte, error) {
	if len(schema) == 0 {
		return m, nil
	}
	if !json.Valid(schema) {
		return nil, errors.New("the JSON schema is not valid JSON")
	}
	field := d.chatSchema
	if raw {
		field = d.rawSchema
	}
	switch field {
	case nestedSchema:
		m = append(m, `,"response_format":{"type":"json_schema","json_schema":{"name":"reply","strict":true,"schema":`...)
		return append(append(m, schema...), "}}"...), nil
	case objectSchema:
		m = append(m, `,"response_format":{"type":"json_object","schema":`...)
		return append(append(m, schema...), '}'), nil
	case bareSchema:
		m = append(m, `,"json_schema":`...)
		return append(m, schema...), nil
	default:
		return nil, errNoRawSchema
	}
}
