// Package diversity measures how much the texts of a group differ from each other: the completions
// of one prompt, or of a whole run.
//
// Training on a model's own behaviour reweights what the model can do already, and formats collapse
// within an epoch (arXiv:2504.07912); accuracy rises while that happens, so it has to be measured by
// itself. Everything here is a pure function of texts or counts. No measure replaces the others:
// distinct n-grams fall with the amount of text, self-BLEU and compression see repeated wording,
// the Vendi score counts what is effectively different, and classes (answers, formats) see meaning
// as far as whoever assigned them does.
//
// Entropies are in nats. What is undefined is told: by ok == false, or by null in JSON, never by 0.
package diversity

// Report is the diversity of a group of texts. A nil pointer, null in JSON, is undefined.
type Report struct {
	// Texts and Tokens count what was measured; tokens are those of [Tokens].
	Texts  int `json:"texts"`
	Tokens int `json:"tokens"`
	// Distinct1 to Distinct4 are different n-grams / all n-grams over the whole group, for n = 1 to 4,
	// in (0, 1]; undefined where no text has n tokens. See [Distinct].
	Distinct1 *float64 `json:"distinct_1"`
	Distinct2 *float64 `json:"distinct_2"`
	Distinct3 *float64 `json:"distinct_3"`
	Distinct4 *float64 `json:"distinct_4"`
	// NGrams is their sum, in (0, 4]; undefined where one of them is.
	NGrams *float64 `json:"ngram_diversity"`
	// SelfBLEU is in [0, 1]; lower is more diverse; undefined below two texts. See [SelfBLEU].
	SelfBLEU *float64 `json:"self_bleu"`
	// Compression is bytes / compressed bytes; higher is more repetitive; undefined without a byte of
	// text. See [Compression].
	Compression *float64 `json:"compression_ratio"`
	// Vendi is the effective number of different texts, from 1 to VendiTexts; undefined without texts.
	// See [Vendi].
	Vendi *float64 `json:"vendi"`
	// VendiTexts is how many texts, drawn with the seed, Vendi was computed over. It is less than
	// Texts only where more than [VendiCap] texts are different.
	VendiTexts int `json:"vendi_texts"`
}

// Measure measures a group of texts. The seed draws the texts for the Vendi score, if there are too
// many different ones for its O(m^3); everything else is over all texts, in linear time.
func Measure(texts []string, seed uint64) Report {
	c := newCorpus(tokenised(texts))
	r := Report{Texts: len(texts), Tokens: c.tokens()}
	sum, all := 0.0, true
	for n, field := range []**float64{&r.Distinct1, &r.Distinct2, &r.Distinct3, &r.Distinct4} {
		share, ok := c.distinct(n + 1)
		*field = defined(share, ok)
		sum, all = sum+share, all && ok
	}
	r.NGrams = defined(sum, all)
	r.SelfBLEU = defined(c.selfBLEU())
	r.Compression = defined(Compression(texts))
	score, used, ok := c.vendi(seed)
	r.Vendi, r.VendiTexts = defined(score, ok), used
	return r
}

func defined(value float64, ok bool) *float64 {
	if !ok {
		return nil
	}
	return &value
}

func tokenised(texts []string) [][]string {
	all := make([][]string, len(texts))
	for i, text := range texts {
		all[i] = Tokens(text)
	}
	return all
}
