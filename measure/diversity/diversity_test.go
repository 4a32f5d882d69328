package diversity_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/measure/diversity"
)

func ExampleMeasure() {
	same := slices.Repeat([]string{"He has 3 apples and 4 pears, so 7."}, 4)
	other := []string{"3 + 4 = 7", "Seven fruits in all.", "Apples: 3. Pears: 4. Sum: 7.", "We add three to four."}
	for _, texts := range [][]string{same, other} {
		r := diversity.Measure(texts, 1)
		fmt.Printf("self-BLEU %.2f, effectively %.2f different texts\n", *r.SelfBLEU, *r.Vendi)
	}
	// Output:
	// self-BLEU 1.00, effectively 1.00 different texts
	// self-BLEU 0.05, effectively 3.98 different texts
}

func ExampleOfAnswers() {
	c := diversity.OfAnswers([]string{"7", "7", "7", "12"})
	fmt.Printf("%d answers, as good as %.2f\n", c.Distinct, *c.Effective)
	// Output: 2 answers, as good as 1.75
}

func split(texts ...string) [][]string {
	all := make([][]string, len(texts))
	for i, text := range texts {
		all[i] = strings.Fields(text)
	}
	return all
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) < 1e-12) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// The golden values are of nltk 3.10.4, vendi-score 0.0.3 and scipy 1.17.1; evals/peers/diversity
// compares 1,000 random groups with them.
func TestGoldenValues(t *testing.T) {
	texts := split("the cat sat on the mat .", "the cat sat on a mat .", "a dog lay on the mat , asleep .", "the cat sat on the mat .")
	for n, want := range map[int]float64{1: 0.36666666666666664, 2: 0.5384615384615384, 3: 0.6363636363636364, 4: 0.7222222222222222} {
		got, _ := diversity.Distinct(texts, n)
		near(t, fmt.Sprint("distinct-", n), got, want)
	}
	bleu, _ := diversity.SelfBLEU(texts)
	near(t, "self-BLEU", bleu, 0.6607459666874129)
	score, _, _ := diversity.VendiTexts(texts, 0)
	near(t, "Vendi", score, 2.471513299766756)

	short := split("yes", "no", "yes sir", "")
	bleu, _ = diversity.SelfBLEU(short)
	near(t, "self-BLEU of short texts", bleu, 0.0818407047815036)
	score, _, _ = diversity.VendiTexts(short, 0)
	near(t, "Vendi of short texts", score, 3.9687082094667954)

	score, err := diversity.VendiVectors([][]float64{{1, 0}, {0, 1}, {1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Vendi of vectors", score, 1.88988157484231)

	c := diversity.OfCounts([]int{7, 2, 1, 0})
	near(t, "entropy", *c.Entropy, 0.8018185525433372)
	near(t, "normalised entropy", *c.Normalised, 0.5783898247235197)
	near(t, "effective classes", *c.Effective, 2.229591873920416)
	near(t, "top share", *c.Top, 0.7)
}

func TestUndefinedIsNull(t *testing.T) {
	for name, tt := range map[string]struct {
		texts []string
		want  string
	}{
		"no texts":   {nil, `{"texts":0,"tokens":0,"distinct_1":null,"distinct_2":null,"distinct_3":null,"distinct_4":null,"ngram_diversity":null,"self_bleu":null,"compression_ratio":null,"vendi":null,"vendi_texts":0}`},
		"empty text": {[]string{""}, `{"texts":1,"tokens":0,"distinct_1":null,"distinct_2":null,"distinct_3":null,"distinct_4":null,"ngram_diversity":null,"self_bleu":null,"compression_ratio":null,"vendi":1,"vendi_texts":1}`},
		"two words":  {[]string{"a b"}, `{"texts":1,"tokens":2,"distinct_1":1,"distinct_2":1,"distinct_3":null,"distinct_4":null,"ngram_diversity":null,"self_bleu":null,"compression_ratio":0.11,"vendi":1,"vendi_texts":1}`},
	} {
		r := diversity.Measure(tt.texts, 1)
		if r.Compression != nil {
			*r.Compression = math.Round(*r.Compression*100) / 100
		}
		got, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, string(got)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	for name, tt := range map[string]struct {
		counts []int
		want   string
	}{
		"no class":    {nil, `{"items":0,"distinct":0,"entropy":null,"normalised_entropy":null,"effective_classes":null,"top_share":null}`},
		"no item":     {[]int{0, 0}, `{"items":0,"distinct":0,"entropy":null,"normalised_entropy":null,"effective_classes":null,"top_share":null}`},
		"one class":   {[]int{5}, `{"items":5,"distinct":1,"entropy":0,"normalised_entropy":null,"effective_classes":1,"top_share":1}`},
		"one is left": {[]int{5, 0}, `{"items":5,"distinct":1,"entropy":0,"normalised_entropy":0,"effective_classes":1,"top_share":1}`},
	} {
		got, err := json.Marshal(diversity.OfCounts(tt.counts))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, string(got)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if _, ok := diversity.Distinct(split("a b"), 0); ok {
		t.Error("distinct-0 is defined")
	}
	if _, ok := diversity.NGrams(split("a b c")); ok {
		t.Error("4-grams of three tokens are defined")
	}
}

// What holds for the measures of any group of texts.
func TestRangesAndOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`([abc]{1,2}[ .]){0,12}`), 2, 8).Draw(t, "texts")
		r := diversity.Measure(texts, 1)
		for i, share := range []*float64{r.Distinct1, r.Distinct2, r.Distinct3, r.Distinct4} {
			if share != nil && (*share <= 0 || *share > 1) {
				t.Fatalf("distinct-%d is %v", i+1, *share)
			}
		}
		if *r.SelfBLEU < 0 || *r.SelfBLEU > 1+1e-12 {
			t.Fatalf("self-BLEU is %v", *r.SelfBLEU)
		}
		if *r.Vendi < 1-1e-9 || *r.Vendi > float64(len(texts))+1e-9 {
			t.Fatalf("%v effective texts of %d", *r.Vendi, len(texts))
		}
		shuffled := rapid.Permutation(texts).Draw(t, "shuffled")
		again := diversity.Measure(shuffled, 1)
		for _, pair := range [][2]*float64{{r.SelfBLEU, again.SelfBLEU}, {r.Vendi, again.Vendi}, {r.Distinct2, again.Distinct2}} {
			if pair[0] != nil && math.Abs(*pair[0]-*pair[1]) > 1e-9 {
				t.Fatalf("another order changes %v to %v", *pair[0], *pair[1])
			}
		}
		// Everything twice is the same set of texts: as many effective ones, half as many distinct.
		doubled := diversity.Measure(append(slices.Clone(texts), texts...), 1)
		if math.Abs(*doubled.Vendi-*r.Vendi) > 1e-9 {
			t.Fatalf("copies change Vendi from %v to %v", *r.Vendi, *doubled.Vendi)
		}
		if r.Distinct1 != nil && math.Abs(*doubled.Distinct1-*r.Distinct1/2) > 1e-12 {
			t.Fatalf("copies change distinct-1 from %v to %v", *r.Distinct1, *doubled.Distinct1)
		}
	})
}

// Self-BLEU in linear time is the plain definition, text against all others.
func TestSelfBLEUIsTheMeanOverTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 9), 2, 6).Draw(t, "texts")
		want := 0.0
		for i, text := range texts {
			want += plainBLEU(text, slices.Concat(texts[:i], texts[i+1:])) / float64(len(texts))
		}
		if got, _ := diversity.SelfBLEU(texts); math.Abs(got-want) > 1e-12 {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

// plainBLEU is BLEU-4 with smoothing method 1, straight from its definition.
func plainBLEU(text []string, references [][]string) float64 {
	product := 1.0
	for n := 1; n <= 4; n++ {
		matched, all := 0, 0
		for gram, times := range gramsOf(text, n) {
			most := 0
			for _, reference := range references {
				most = max(most, gramsOf(reference, n)[gram])
			}
			matched, all = matched+min(times, most), all+times
		}
		switch {
		case matched == 0 && n == 1:
			return 0
		case matched == 0:
			product *= 0.1 / float64(max(all, 1))
		default:
			product *= float64(matched) / float64(all)
		}
	}
	closest := slices.MinFunc(references, func(a, b []string) int {
		da, db := distance(a, text), distance(b, text)
		if da != db {
			return da - db
		}
		return len(a) - len(b)
	})
	penalty := 1.0
	if len(text) <= len(closest) {
		penalty = math.Exp(1 - float64(len(closest))/float64(len(text)))
	}
	return penalty * math.Pow(product, 0.25)
}

func gramsOf(text []string, n int) map[string]int {
	grams := map[string]int{}
	for i := n; i <= len(text); i++ {
		grams[strings.Join(text[i-n:i], " ")]++
	}
	return grams
}

func distance(a, b []string) int { return max(len(a)-len(b), len(b)-len(a)) }

func TestRepetitionCompresses(t *testing.T) {
	repeated := slices.Repeat([]string{"He has 3 apples and 4 pears."}, 30)
	draw := rand.New(rand.NewPCG(3, 0))
	varied := make([]string, 30)
	for i := range varied {
		varied[i] = fmt.Sprintf("%x %x %x", draw.Uint64(), draw.Uint64(), draw.Uint64())
	}
	high, _ := diversity.Compression(repeated)
	low, _ := diversity.Compression(varied)
	if high < 10 || low > 2.1 || low < 1 {
		t.Errorf("30 copies compress %.1f times, random digits %.2f times", high, low)
	}
}

func TestTokens(t *testing.T) {
	for text, want := range map[string][]string{
		"":                      nil,
		" \n\t":                 nil,
		"It's 3.5, not 1,000.":  {"It's", "3.5", ",", "not", "1,000", "."},
		"x_1=-2**n":             {"x_1", "=", "-", "2", "*", "*", "n"},
		"a.b 1.b 'quoted'":      {"a", ".", "b", "1", ".", "b", "'", "quoted", "'"},
		"Größe: naïve ½":        {"Größe", ":", "naïve", "½"},
		"他有3个苹果。":               {"他", "有", "3", "个", "苹", "果", "。"},
		"🙂🙂 \xff":               {"🙂", "🙂", "\xff"},
		"#### 42\\boxed{7}":     {"#", "#", "#", "#", "42", "\\", "boxed", "{", "7", "}"},
		"e\u0301te\u0301 l’été": {"e\u0301te\u0301", "l’été"},
	} {
		if diff := cmp.Diff(want, diversity.Tokens(text)); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
}

// Tokens lose nothing but white space.
func FuzzTokens(f *testing.F) {
	for _, text := range []string{"", "It's 3.5, not 1,000.", "他有3个苹果。", "\xff\xfe a", "a\u00a0b", "5.'a", "\u00a0\xa0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rest := text
		for _, token := range diversity.Tokens(text) {
			rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
			if token == "" || !strings.HasPrefix(rest, token) {
				t.Fatalf("%q: token %q is not what follows in %q", text, token, rest)
			}
			rest = rest[len(token):]
		}
		if strings.TrimSpace(rest) != "" {
			t.Fatalf("%q: %q is in no token", text, rest)
		}
	})
}
