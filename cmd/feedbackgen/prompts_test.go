package main

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/feedbackgen/feedbackgen/mcts"
	"github.com/feedbackgen/feedbackgen/mcts/critic"
	"github.com/feedbackgen/feedbackgen/mcts/imagine"
	"github.com/feedbackgen/feedbackgen/postcomp"
	"github.com/feedbackgen/feedbackgen/selfplay"
	"github.com/feedbackgen/feedbackgen/selfplay/judge"
)

// The digests are part of a run's identity, so a run on disk goes on only where they stay the same. A
// default's changes with its words; one of a replaced file never does.
func TestPromptDigestsStay(t *testing.T) {
	for _, tt := range []struct {
		name      string
		got, want string
	}{
		{"mcts", mcts.DefaultPrompts().Digest(), "562b315b7ea12fe2"},
		{"mcts with solve.tmpl", loaded(t, mcts.LoadPrompts, "solve.tmpl").Digest(), "242faee50155b5c9"},
		{"mcts that asks which steps are the same", mcts.DefaultPrompts().MergeDigest(), "a02174fcdec7f22f"},
		{"critic", critic.DefaultPrompts("").Digest(), "8d26c30fbf23024d"},
		{"critic of abacus", critic.DefaultPrompts("abacus").Digest(), "54d8a38324f79700"},
		{"critic with process.tmpl", loaded(t, critic.LoadPrompts, "process.tmpl").Digest(), "6b8e4668fabf6c46"},
		{"imagine", imagine.DefaultPrompts().Digest(), "96fe3d6146bce375"},
		{"imagine with combine.tmpl", loaded(t, imagine.LoadPrompts, "combine.tmpl").Digest(), "26c944583546c7cc"},
		{"postcomp", postcomp.DefaultPrompts("").Digest(), "53515a5ad7108420"},
		{"postcomp of abacus", postcomp.DefaultPrompts("abacus").Digest(), "2ecb7c5b7ce4ba15"},
		{"postcomp with assess.tmpl", loaded(t, postcomp.LoadPrompts, "assess.tmpl").Digest(), "18b51ce5f348a9cb"},
		{"selfplay", selfplay.DefaultPrompts("").Digest(), "088ab117c3c1d608"},
		{"selfplay of abacus", selfplay.DefaultPrompts("abacus").Digest(), "2ff0cc6e84be2f90"},
		{"selfplay with write.tmpl", loaded(t, selfplay.LoadPrompts, "write.tmpl").Digest(), "9e932bdec9aa1d43"},
		{"judge", judge.DefaultPrompts().Digest(), "afd02ba24e5e1e0c"},
		{"judge with compare.tmpl", loaded(t, judge.LoadPrompts, "compare.tmpl").Digest(), "b285b7387f90ddfa"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %s, not %s", tt.name, tt.got, tt.want)
		}
	}
}

// loaded are prompts of which one file is replaced.
func loaded[P any](t *testing.T, load func(fs.FS) (P, error), file string) P {
	t.Helper()
	prompts, err := load(fstest.MapFS{file: {Data: []byte("Words of my own.\n")}})
	if err != nil {
		t.Fatal(err)
	}
	return prompts
}
