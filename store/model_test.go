package store

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/backends"
)

// model is what a store has to be: three maps.
type model struct {
	jobs  map[int]Job
	calls map[int]map[backends.Key]backends.Entry
	meta  map[string][]byte
	usage Usage
}

// Whatever is written in whatever order, with restarts in between, the store holds what maps would.
func TestAStoreIsItsModel(t *testing.T) {
	base := t.TempDir()
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		dir := filepath.Join(base, fmt.Sprint(runs))
		s, err := Open(t.Context(), dir)
		check1(rt, err)
		defer func() {
			check1(rt, s.Close())
			check1(rt, os.RemoveAll(dir))
		}()
		m := model{map[int]Job{}, map[int]map[backends.Key]backends.Entry{}, map[string][]byte{}, Usage{}}
		index := rapid.IntRange(0, 5)
		rt.Repeat(map[string]func(*rapid.T){
			"finish": func(rt *rapid.T) {
				job := drawJob(rt, index.Draw(rt, "job"))
				check1(rt, s.Finish(t.Context(), job))
				m.jobs[job.Index] = job
			},
			"commit": func(rt *rapid.T) {
				job := index.Draw(rt, "job")
				log, err := s.Log(t.Context(), job)
				check1(rt, err)
				key := backends.Key{byte(rapid.IntRange(0, 3).Draw(rt, "key"))}
				e := backends.Entry{
					Reply:        bytes.Repeat([]byte{rapid.Byte().Draw(rt, "reply")}, rapid.IntRange(0, 9000).Draw(rt, "size")),
					PromptTokens: rapid.IntRange(0, 9).Draw(rt, "prompt tokens"), Tokens: rapid.IntRange(0, 9).Draw(rt, "tokens"),
				}
				check1(rt, log.Commit(t.Context(), key, e))
				m.commit(job, key, e)
			},
			"set": func(rt *rapid.T) {
				values := rapid.MapOfN(rapid.StringN(0, 2, -1), rapid.SliceOf(rapid.Byte()), 0, 3).Draw(rt, "values")
				check1(rt, s.SetMeta(t.Context(), values))
				maps.Copy(m.meta, values)
			},
			"reopen": func(rt *rapid.T) {
				if rapid.IntRange(0, 4).Draw(rt, "seldom, as opening takes a hundred times a write") > 0 {
					return
				}
				check1(rt, s.Close())
				s, err = Open(t.Context(), dir)
				check1(rt, err)
			},
			"verify": func(rt *rapid.T) { m.verify(rt, t, s) },
		})
		m.verify(rt, t, s)
	})
}

func (m *model) commit(job int, key backends.Key, e backends.Entry) {
	m.usage = Usage{m.usage.Calls + 1, m.usage.PromptTokens + int64(e.PromptTokens), m.usage.Tokens + int64(e.Tokens)}
	if m.calls[job] == nil {
		m.calls[job] = map[backends.Key]backends.Entry{}
	}
	if _, found := m.calls[job][key]; !found {
		m.calls[job][key] = e
	}
}

func (m *model) verify(rt *rapid.T, t *testing.T, s *Store) {
	jobs := map[int]Job{}
	for job, err := range s.Jobs(t.Context(), 0) {
		check1(rt, err)
		jobs[job.Index] = job
	}
	same(rt, "jobs", m.jobs, jobs, cmpopts.IgnoreFields(Job{}, "Records", "Lines"), cmpopts.EquateEmpty())
	for _, kind := range []feedbackgen.Kind{"sft", "steps", "groups"} {
		var want, got [][]byte
		for _, index := range slices.Sorted(maps.Keys(m.jobs)) {
			for _, line := range m.jobs[index].Records {
				if line.Kind == kind {
					want = append(want, line.JSON)
				}
			}
		}
		for line, err := range s.Records(t.Context(), kind) {
			check1(rt, err)
			got = append(got, bytes.Clone(line))
		}
		same(rt, string(kind), want, got, cmpopts.EquateEmpty())
	}
	for job := range 6 {
		log, err := s.Log(t.Context(), job)
		check1(rt, err)
		same(rt, "calls", m.calls[job], log.(*callLog).entries, cmpopts.EquateEmpty())
	}
	for key, want := range m.meta {
		got, found, err := s.Meta(t.Context(), key)
		check1(rt, err)
		if !found || !bytes.Equal(got, want) {
			rt.Fatalf("meta %q is %q, want %q", key, got, want)
		}
	}
	usage, err := s.Usage(t.Context())
	check1(rt, err)
	same(rt, "usage", m.usage, usage)
}

func drawJob(rt *rapid.T, index int) Job {
	text := rapid.String()
	return Job{
		Index: index, ID: text.Draw(rt, "id"), Reason: text.Draw(rt, "reason"),
		Status: rapid.SampledFrom([]Status{Done, Failed, Suspended}).Draw(rt, "status"),
		Counts: rapid.MapOfN(rapid.StringMatching("[a-z.]{1,3}"), rapid.Int64(), 0, 3).Draw(rt, "counts"),
		Records: rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) Line {
			return Line{
				rapid.SampledFrom([]feedbackgen.Kind{"sft", "steps", "groups"}).Draw(rt, "kind"),
				rapid.SliceOf(rapid.Byte()).Draw(rt, "line"),
			}
		}), 0, 4).Draw(rt, "records"),
	}
}

func same(rt *rapid.T, what string, want, got any, options ...cmp.Option) {
	rt.Helper()
	// Byte by byte takes ages; two empty ones are EquateEmpty's.
	some := func(a, b []byte) bool { return len(a)+len(b) > 0 }
	options = append(options, cmp.FilterValues(some, cmp.Comparer(bytes.Equal)))
	if diff := cmp.Diff(want, got, options...); diff != "" {
		rt.Fatalf("%s: %s", what, diff)
	}
}

func check1(rt *rapid.T, err error) {
	rt.Helper()
	if err != nil {
		rt.Fatal(err)
	}
}
