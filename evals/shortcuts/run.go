package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/shortcut"
)

// judgeRun screens a run's groups.
func judgeRun(w io.Writer, file io.Reader, show int, seed uint64) error {
	t := newTable()
	var flagged []string
	groups, enough := 0, 0
	reader := bufio.NewReader(file)
	for line := 1; ; line++ {
		data, err := reader.ReadBytes('\n')
		if len(data) > 0 {
			var g feedbackgen.Group
			if err := json.Unmarshal(data, &g); err != nil {
				return fmt.Errorf("line %d: %w", line, err)
			}
			if n := len(g.Completions); len(g.Feedback.Answers) != n || len(g.Feedback.Outcomes) != n {
				return fmt.Errorf("line %d: answers, outcomes and completions are not as many", line)
			}
			rollouts := rolloutsOf(g)
			verdict := shortcut.Screen(textOf(g.Prompt), rollouts)
			groups++
			if verdict.Enough() {
				enough++
			}
			for i, r := range rollouts {
				j := verdict.Judgements[i]
				t.count(labelled{Rollout: r}, j)
				for _, f := range j.Findings {
					flagged = append(flagged, fmt.Sprintf("--- %s: %s: %s\n%s\n", g.Feedback.Problem, f.Kind, f.Reason, r.Text))
				}
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	err := t.print(w, fmt.Sprintf("%d groups; in %d at least %d independent successes remain", groups, enough, shortcut.Enough))
	for _, i := range shuffled(len(flagged), seed)[:min(show, len(flagged))] {
		_, printed := io.WriteString(w, flagged[i])
		err = errors.Join(err, printed)
	}
	return err
}

func rolloutsOf(g feedbackgen.Group) []shortcut.Rollout {
	rollouts := make([]shortcut.Rollout, len(g.Completions))
	for i, c := range g.Completions {
		text := textOf(c)
		rollouts[i] = shortcut.Rollout{
			Text: text, Answer: g.Feedback.Answers[i], Outcome: g.Feedback.Outcomes[i], Class: looks(text),
		}
	}
	return rollouts
}

// textOf is a column's text: of a conversation, its last message.
func textOf(c feedbackgen.Content) string {
	if len(c.Messages) == 0 {
		return c.Text
	}
	last := c.Messages[len(c.Messages)-1]
	return last.Thinking + last.Content
}

// looks is a format by the first line that decides it, enough to compare lengths by.
func looks(text string) string {
	switch {
	case strings.Contains(text, "```"), strings.Contains(text, "def "):
		return "code"
	case strings.Contains(text, `\`):
		return "latex"
	case strings.Contains(text, "Step 1"):
		return "numbered steps"
	case strings.Contains(text, "\n- "), strings.Contains(text, "\n* "):
		return "bullets"
	case strings.Contains(text, "="):
		return "equations"
	}
	return "prose"
}
