package selfplay

import "github.com/feedbackgen/feedbackgen/guard/duplicate"

// A problem whose similarity to another is at least near is nearly the same; one of less than far
// counts as not similar at all, because sketches tell nothing reliable there.
const near, far = 0.8, 0.6

// texts is what was asked before. Similarity is the Jaccard similarity of bigrams of words, as
// guard/duplicate estimates it; two problems with different numbers, or the same in another order,
// have none.
type texts struct {
	// same finds what is nearly the same, alike what is only similar: an index does not remember a text
	// that is a duplicate by its own threshold.
	same, alike *duplicate.Index
}

func remember(all []string) (texts, error) {
	var t texts
	var err error
	config := duplicate.Default()
	config.Threshold = near
	if t.same, err = duplicate.New(config); err != nil {
		return t, err
	}
	config.Threshold = far
	if t.alike, err = duplicate.New(config); err != nil {
		return t, err
	}
	for _, text := range all {
		t.add(text)
	}
	return t, nil
}

func (t texts) add(text string) {
	t.same.Add(0, text)
	t.alike.Add(0, text)
}

// similarity is that to the earliest text that is nearly the same, else to the earliest that is similar;
// 0 without any. Any number of goroutines may ask while nobody adds.
func (t texts) similarity(text string) float64 {
	if _, similarity, found := t.same.Find(text); found {
		return similarity
	}
	_, similarity, _ := t.alike.Find(text)
	return similarity
}

// memory is the problems of earlier runs, which all chains share and nobody changes, and the chain's
// own.
type memory struct{ earlier, own texts }

func (m memory) similarity(text string) float64 {
	return max(m.earlier.similarity(text), m.own.similarity(text))
}
