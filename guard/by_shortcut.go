package guard

import (
	"fmt"
	"strings"

	"github.com/tidwall/sjson"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/shortcut"
)

// ByShortcut refuses records that teach answers which are right without the work, and all that
// teach a problem with less than two independent successes. In a group, such an answer loses its
// advantage instead: the others are still worth comparing.
//
// classify names a text's format: lengths are compared within one. If it is nil, they are not.
func ByShortcut(classify func(text string) string) Guard {
	return &byShortcut{classify: classify, kinds: feedbackgen.Counts{}}
}

type byShortcut struct {
	classify    func(text string) string
	kinds       feedbackgen.Counts
	screened    int64
	suspects    int64
	neutralised int64
	few         int64
}

func (*byShortcut) Name() string { return "shortcut" }

func (g *byShortcut) Judge(c *Case) {
	screened := g.screen(c)
	if screened == nil {
		return
	}
	g.screened += int64(screened.verdict.Successes)
	g.suspects += int64(screened.verdict.Suspects)
	for _, j := range screened.verdict.Judgements {
		for _, f := range j.Findings {
			g.kinds[string(f.Kind)]++
		}
	}
	// Every success is only seen where the whole group is.
	few := screened.group && screened.independent() < shortcut.Enough
	if few {
		g.few++
	}
	for r := range c.Live() {
		g.judge(r, screened, few)
	}
}

func (g *byShortcut) judge(r *Record, s *screened, few bool) {
	teaches := false
	for _, t := range r.Texts {
		if !t.Imitated || !t.Whole || t.Outcome != feedbackgen.Pass {
			continue
		}
		teaches = true
		j := s.of(t)
		if !j.Suspect() {
			continue
		}
		if t.Column == "completions" {
			g.neutralise(r, t.Index)
			continue
		}
		r.Refuse(g.Name(), string(j.Findings[0].Kind), "%s", j.Findings[0].Reason)
		return
	}
	switch {
	case teaches && few:
		r.Refuse(g.Name(), "few", "%d independent successes without a finding, %d are needed", s.independent(), shortcut.Enough)
	case teaches && r.Rollouts > 0 && r.Passes < shortcut.Enough:
		r.Refuse(g.Name(), "few", "%d of %d solutions are right, %d are needed", r.Passes, r.Rollouts, shortcut.Enough)
	case teaches:
		r.Pass(g.Name())
	}
}

// neutralise takes a completion's advantage away.
func (g *byShortcut) neutralise(r *Record, i int) {
	line, err := sjson.SetRawBytes(r.Line, fmt.Sprintf("advantages.%d", i), []byte("0.0"))
	if err != nil {
		return // the line was parsed before, so this cannot be
	}
	r.Line = line
	g.neutralised++
}

// screened is what the screen says of the texts of a case.
type screened struct {
	verdict  shortcut.Verdict
	rollouts []shortcut.Rollout
	places   map[string]int
	group    bool
	// counted are the first rollouts; those behind them are solutions that a search went for, which
	// are screened, but do not show that the problem is solved without a search.
	counted int
}

// independent counts the different successes without a finding among the rollouts that count.
func (s *screened) independent() int {
	texts := map[string]bool{}
	for i, r := range s.rollouts[:s.counted] {
		if r.Outcome == feedbackgen.Pass && !s.verdict.Judgements[i].Suspect() {
			texts[strings.TrimSpace(r.Text)] = true
		}
	}
	return len(texts)
}

func (s *screened) of(t Text) shortcut.Judgement { return s.verdict.Judgements[s.places[t.Text]] }

// screen looks at a case's group and at what else is taught; nil if nothing is.
func (g *byShortcut) screen(c *Case) *screened {
	s := &screened{places: map[string]int{}}
	prompt := ""
	add := func(t Text) {
		if _, seen := s.places[t.Text]; seen && t.Column != "completions" {
			return
		}
		s.places[t.Text] = len(s.rollouts)
		rollout := shortcut.Rollout{Text: t.Text, Answer: t.Answer, Outcome: t.Outcome}
		if g.classify != nil {
			rollout.Class = g.classify(t.Text)
		}
		s.rollouts = append(s.rollouts, rollout)
	}
	for r := range c.Live() {
		if r.Kind == feedbackgen.KindGroup {
			s.group, prompt = true, r.Given
			for _, t := range r.Texts {
				add(t)
			}
		}
	}
	rest := func(searched bool) {
		for r := range c.Live() {
			if (r.Kind == feedbackgen.KindAdvantage) != searched {
				continue
			}
			for _, t := range r.Texts {
				if t.Imitated && t.Whole && t.Outcome == feedbackgen.Pass {
					add(t)
					if prompt == "" {
						prompt = r.Given
					}
				}
			}
		}
	}
	rest(false)
	s.counted = len(s.rollouts)
	rest(true)
	if len(s.rollouts) == 0 {
		return nil
	}
	s.verdict = shortcut.Screen(prompt, s.rollouts)
	return s
}

// ShortcutDetail is what the guard counted.
type ShortcutDetail struct {
	// Successes were screened, Suspects of them have a finding, Kinds by kind.
	Successes int64              `json:"successes"`
	Suspects  int64              `json:"suspects"`
	Kinds     feedbackgen.Counts `json:"kinds"`
	// Neutralised completions in groups lost their advantage. Few counts problems with less than two
	// independent successes.
	Neutralised int64 `json:"neutralised"`
	Few         int64 `json:"few"`
}

func (g *byShortcut) Report() Report {
	if g.screened == 0 {
		return Report{}
	}
	var notes []string
	if g.suspects > 0 {
		notes = append(notes, fmt.Sprintf("%d of %d right answers look like shortcuts; %d of them lost their advantage in groups", g.suspects, g.screened, g.neutralised))
	}
	return Report{Notes: notes, Detail: ShortcutDetail{g.screened, g.suspects, g.kinds, g.neutralised, g.few}}
}
