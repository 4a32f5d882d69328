package export

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/feedbackgen/feedbackgen"
)

// A column is what the datasets library calls a feature: a name and a type. The types come from Go;
// what they leave open is learnt from the lines: which optional keys there are at all (a declared
// key that no line has would be a column of nulls), and whether a content is text or messages.
type column struct {
	name string
	// dtype is Arrow's name of a scalar type; "" for the others.
	dtype string
	// elem is the type of a list's elements.
	elem *column
	// fields are a struct's.
	fields []*column
	// required counts the fields that every line has.
	required int
	// messages is what a content is if it is not text.
	messages *column

	optional bool
	// open says that lines decide something here or below.
	open bool
	seen bool
	text bool // a content that was seen is text
	// last is the value observed last. Most lines of a run repeat policy and sampling, byte for
	// byte, and neighbours repeat the prompt.
	last string
}

// columnOf translates a Go type of a record. A type that has no place in a table is a mistake in
// the record's definition, which the first test to touch it finds.
func columnOf(name string, typ reflect.Type) *column {
	c := &column{name: name}
	if typ == reflect.TypeFor[feedbackgen.Content]() {
		c.messages = columnOf("", reflect.TypeFor[[]feedbackgen.Message]())
		c.open = true
		return c
	}
	switch typ.Kind() {
	case reflect.String:
		c.dtype = "string"
	case reflect.Bool:
		c.dtype = "bool"
	case reflect.Int, reflect.Int64:
		c.dtype = "int64"
	case reflect.Float64:
		c.dtype = "float64"
	case reflect.Slice:
		c.elem = columnOf("", typ.Elem())
		c.open = c.elem.open
	case reflect.Struct:
		c.addFields(typ)
	default:
		panic(fmt.Sprintf("export: column %s: no Arrow type for %s", name, typ))
	}
	return c
}

// addFields adds a struct's fields as encoding/json names them, those of embedded structs among them.
func (c *column) addFields(typ reflect.Type) {
	for i := range typ.NumField() {
		field := typ.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous && name == "":
			c.addFields(field.Type)
		case slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, name):
			panic(fmt.Sprintf("export: column %s: YAML takes the name for a value", name))
		case name != "" && name != "-":
			child := columnOf(name, field.Type)
			child.optional = strings.Contains(options, "omit")
			c.open = c.open || child.open || child.optional
			c.fields = append(c.fields, child)
			if !child.optional {
				c.required++
			}
		}
	}
}

// observe checks a value, which is valid JSON, against the column and learns from it.
func (c *column) observe(value gjson.Result) error {
	switch {
	case c.messages != nil:
		return c.observeContent(value)
	case c.elem != nil:
		return c.observeElements(value)
	case c.fields != nil:
		return c.observeFields(value)
	}
	return nil
}

func (c *column) observeContent(value gjson.Result) error {
	text := value.Type == gjson.String
	if c.seen && text != c.text {
		return fmt.Errorf("it is %s, and %s in the lines before", textOrMessages(text), textOrMessages(c.text))
	}
	c.seen, c.text = true, text
	if text {
		return nil
	}
	return c.messages.observe(value)
}

func textOrMessages(text bool) string {
	if text {
		return "text"
	}
	return "messages"
}

func (c *column) observeElements(value gjson.Result) (err error) {
	if !value.IsArray() {
		return errors.New("it is no list")
	}
	value.ForEach(func(_, element gjson.Result) bool {
		err = c.elem.observe(element)
		return err == nil
	})
	return err
}

func (c *column) observeFields(value gjson.Result) (err error) {
	if !value.IsObject() {
		return errors.New("it is no object")
	}
	required, at := 0, -1
	value.ForEach(func(key, v gjson.Result) bool {
		if at = c.indexOf(key.Str, at+1); at < 0 {
			err = fmt.Errorf("%q is no column of this kind", key.Str)
			return false
		}
		err = c.fields[at].observeIn(v)
		if !c.fields[at].optional {
			required++
		}
		return err == nil
	})
	if err != nil || required == c.required {
		return err
	}
	for _, field := range c.fields {
		if !field.optional && !value.Get(field.name).Exists() {
			return fmt.Errorf("no %q", field.name)
		}
	}
	return nil
}

// indexOf is the index of the field of this name, or -1. Lines have them in order, so that it is likely
// the one given.
func (c *column) indexOf(name string, likely int) int {
	if likely < len(c.fields) && c.fields[likely].name == name {
		return likely
	}
	return slices.IndexFunc(c.fields, func(field *column) bool { return field.name == name })
}

// observeIn is observe for a struct's field.
func (c *column) observeIn(value gjson.Result) error {
	if value.Type == gjson.Null {
		return fmt.Errorf("%q is null", c.name)
	}
	if c.open && value.Raw != c.last {
		if err := c.observe(value); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		c.last = value.Raw
	}
	c.seen = true
	return nil
}

// declare writes the column's type as the YAML of a dataset card has it, behind "- name: x" or "list:".
// The datasets library writes the same with Features._to_yaml_list.
func (c *column) declare(w io.Writer, indent string) {
	switch {
	case c.messages != nil && !c.text:
		c.messages.declare(w, indent)
	case c.messages != nil:
		fmt.Fprintf(w, "%sdtype: string\n", indent)
	case c.dtype != "":
		fmt.Fprintf(w, "%sdtype: %s\n", indent, c.dtype)
	case c.elem != nil && c.elem.dtype != "":
		fmt.Fprintf(w, "%slist: %s\n", indent, c.elem.dtype)
	case c.elem != nil && c.elem.messages != nil && c.elem.text:
		fmt.Fprintf(w, "%slist: string\n", indent)
	case c.elem != nil && c.elem.fields != nil:
		fmt.Fprintf(w, "%slist:\n", indent)
		c.elem.declareFields(w, indent)
	case c.elem != nil:
		fmt.Fprintf(w, "%slist:\n", indent)
		c.elem.declare(w, indent+"  ")
	default:
		fmt.Fprintf(w, "%sstruct:\n", indent)
		c.declareFields(w, indent)
	}
}

// declareFields leaves out optional fields that no line has.
func (c *column) declareFields(w io.Writer, indent string) {
	for _, field := range c.fields {
		if field.optional && !field.seen {
			continue
		}
		fmt.Fprintf(w, "%s- name: %s\n", indent, field.name)
		field.declare(w, indent+"  ")
	}
}
