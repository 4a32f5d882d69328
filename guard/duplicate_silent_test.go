package guard_test

import (
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard"
	"github.com/feedbackgen/feedbackgen/guard/duplicate"
)

// What only tells how a run went has no text: two chains' rounds are no copies of each other.
func TestRecordsWithoutTextAreNoDuplicates(t *testing.T) {
	index, err := duplicate.New(duplicate.Default())
	if err != nil {
		t.Fatal(err)
	}
	g := guard.ByDuplicate(index)
	for _, chain := range []string{"a", "b"} {
		r, err := guard.Read(feedbackgen.KindRound, []byte(`{"feedback":{"problem":"`+chain+`","round":1}}`))
		if err != nil {
			t.Fatal(err)
		}
		g.Judge(&guard.Case{Problem: chain, Records: []*guard.Record{r}})
		if r.Refusal != nil {
			t.Errorf("%s: %+v", chain, r.Refusal)
		}
	}
}
