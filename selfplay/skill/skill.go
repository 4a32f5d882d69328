// Package skill holds what a self-play run has learnt in words: skills, which are Markdown files that
// go into a prompt, the set of them, edits of the set, its history, and what each skill earns.
//
// A skill is a SKILL.md file (agentskills.io): front matter with name and description, then Markdown.
// Whatever a model proposes is hostile text: it is parsed strictly, bounded in size, and applied by
// code, all of a proposal or nothing of it. Ctx2Skill (arXiv:2604.27660) appends whatever comes and
// loses all skills when a proposal fails; ACE's playbooks grew from 2,000 to 20,000 tokens while
// accuracy fell, because only adding was implemented (ace-agent/ace issue 26).
//
// Everything here is a value or a pure function; nothing reads or writes files.
package skill

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/feedbackgen/feedbackgen"
)

// Bounds of what a skill may be, whatever the token caps say. The first two are the convention's.
const (
	// MostID is the length of an id in bytes.
	MostID = 64
	// MostDescription is the length of a description in characters.
	MostDescription = 1024
	// MostFile is the length of a file in bytes.
	MostFile = 64 << 10
)

// Skill is one skill. It is valid if [Parse] or [New] returned it.
type Skill struct {
	// ID is the front matter's name and never changes: lower-case ASCII letters, digits and single
	// hyphens within, at most 64 bytes. It is safe as the name of a folder.
	ID string `json:"id"`
	// Description says in one line when the skill is of use.
	Description string `json:"description"`
	// Body is Markdown without surrounding white space.
	Body string `json:"body"`
}

// ID derives an id from a name: letters are lowered, every run of anything but ASCII letters and
// digits becomes a hyphen, hyphens at the ends go, and it is cut to 64 bytes. A name without any such
// letter or digit has none.
func ID(name string) (id string, ok bool) {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == MostID {
			break
		}
	}
	id = strings.Trim(b.String(), "-")
	return id, id != ""
}

// New makes a skill of a name, a description and a body, which are tidied: line ends become \n, white
// space around goes, and the description becomes one line.
func New(name, description, body string) (Skill, error) {
	id, ok := ID(name)
	if !ok {
		return Skill{}, refuse("", fmt.Errorf("no id can be made of the name %q", clip(name)), "use letters a to z and digits")
	}
	s := Skill{ID: id, Description: strings.Join(strings.Fields(description), " "), Body: tidy(body)}
	if s.Description == "" || s.Body == "" {
		return Skill{}, refuse(id, errors.New("its description or its body is empty"), "")
	}
	if !printable(s.Description) || !printable(s.Body) {
		return Skill{}, refuse(id, errors.New("it holds control characters or is not UTF-8"), "")
	}
	if utf8.RuneCountInString(s.Description) > MostDescription {
		return Skill{}, refuse(id, fmt.Errorf("the description is longer than %d characters", MostDescription), "")
	}
	if size := len(s.Render()); size > MostFile {
		return Skill{}, refuse(id, fmt.Errorf("%d bytes are more than %d", size, MostFile), "")
	}
	return s, nil
}

func tidy(text string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
}

func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) && r != zeroWidthJoiner
	})
}

// zeroWidthJoiner is invisible like other format characters, but emoji and Indic scripts need it.
const zeroWidthJoiner = '\u200d'

// front is the front matter.
type front struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
}

const fence = "---\n"

// Render is the skill as a file.
func (s Skill) Render() []byte {
	head, err := yaml.Marshal(front{s.ID, s.Description})
	if err != nil {
		panic(err) // two strings are always YAML
	}
	return fmt.Appendf(nil, "%s%s%s\n%s\n", fence, head, fence, s.Body)
}

// Parse reads a file. Front matter with other fields than name and description is refused rather than
// lost.
func Parse(file []byte) (Skill, error) {
	if len(file) > MostFile {
		return Skill{}, refuse("", fmt.Errorf("%d bytes are more than %d", len(file), MostFile), "")
	}
	text, ok := strings.CutPrefix(strings.ReplaceAll(string(file), "\r\n", "\n"), fence)
	head, body, closed := strings.Cut(text, "\n"+fence)
	if !ok || !closed {
		return Skill{}, refuse("", errors.New("no front matter"), "begin with a line ---, then name: and description:, then another line ---")
	}
	var f front
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(head)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil {
		return Skill{}, refuse("", fmt.Errorf("front matter: %w", err), "it holds name and description, nothing else")
	}
	if id, _ := ID(f.Name); id != f.Name {
		return Skill{}, refuse("", fmt.Errorf("the name %q is not in lower-case letters, digits and single hyphens", clip(f.Name)), fmt.Sprintf("call it %q", id))
	}
	return New(f.Name, f.Description, body)
}

// Tokens is about how many tokens a text takes: a quarter of its bytes, rounded up. English prose
// takes fewer with most vocabularies, code and other scripts more.
func Tokens(text string) int { return (len(text) + 3) / 4 }

// prompt is how a model gets to see the skill.
func (s Skill) prompt() string {
	return fmt.Sprintf("## %s\n%s\n\n%s\n", s.ID, s.Description, s.Body)
}

// clip shortens hostile text for a message.
func clip(text string) string {
	if len(text) > 80 {
		return text[:80] + "..."
	}
	return text
}

func refuse(id string, cause error, hint string) error {
	subject := "skill"
	if id != "" {
		subject += " " + id
	}
	return &feedbackgen.Failure{Subject: subject, Cause: cause, Hint: hint, Kind: feedbackgen.ErrInput}
}
