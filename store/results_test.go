package store

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/feedbackgen/feedbackgen"
)

func TestResultsComeJobByJob(t *testing.T) {
	s := openTest(t, t.TempDir())
	check0(t, s.Finish(t.Context(), Job{Index: 7, ID: "seven", Status: Done, Records: []Line{{"sft", []byte("g")}}}))
	check0(t, s.Finish(t.Context(), Job{Index: 2, ID: "two", Status: Done, Records: []Line{
		{"sft", []byte("c")}, {"preferences", []byte("a")}, {"preferences", []byte("b")}, {"steps", []byte("left out")},
	}}))
	check0(t, s.Finish(t.Context(), Job{Index: 3, ID: "three", Status: Done}))
	check0(t, s.Finish(t.Context(), Job{Index: 4, ID: "four", Status: Done, Records: []Line{
		{"groups", []byte("f")}, {"preferences", []byte("d")}, {"sft", []byte("e")},
	}}))
	kinds := []feedbackgen.Kind{"preferences", "sft", "groups"}
	var got []string
	for lines, err := range s.Results(t.Context(), kinds) {
		check0(t, err)
		text := ""
		for _, line := range lines {
			text += fmt.Sprintf("%s=%s ", line.Kind, line.JSON)
		}
		got = append(got, text)
	}
	want := []string{"preferences=a preferences=b sft=c ", "preferences=d sft=e groups=f ", "sft=g "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, err := range s.Results(t.Context(), kinds) {
		check0(t, err)
		break // leaves no cursor open
	}
}
