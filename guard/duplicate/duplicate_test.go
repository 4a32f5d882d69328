package duplicate_test

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/duplicate"
)

func Example() {
	index, err := duplicate.New(duplicate.Default())
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, text := range []string{
		"Ivan buys 3 bags with 12 marbles each. He gets 9 from Vera. How many has he?",
		"ivan buys three bags, with 12 marbles each; he gets 9 from Vera. *How many has he*",
		"Ivan buys 4 bags with 12 marbles each. He gets 9 from Vera. How many has he?",
	} {
		first, similarity, again := index.Add(uint32(i), text)
		fmt.Println(i, again, first, similarity)
	}
	// Output:
	// 0 false 0 0
	// 1 true 0 1
	// 2 false 0 0
}

func newIndex(t testing.TB) *duplicate.Index {
	t.Helper()
	index, err := duplicate.New(duplicate.Default())
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// bundled are real problems, which stem from templates.
func bundled(t *testing.T) []string {
	t.Helper()
	var texts []string
	for _, name := range []string{"tune", "holdout"} {
		file, err := os.Open("../../backends/embedded/problems/" + name + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			texts = append(texts, gjson.GetBytes(lines.Bytes(), "prompt").String())
		}
		if err := errors.Join(lines.Err(), file.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

func TestProblemsOfOneTemplateAreDifferent(t *testing.T) {
	index := newIndex(t)
	texts := bundled(t)
	for i, text := range texts {
		if first, similarity, again := index.Add(uint32(i), text); again {
			t.Errorf("merged at %.2f:\n%s\n%s", similarity, texts[first], text)
		}
	}
	if index.Len() != len(texts) {
		t.Errorf("%d of %d problems are remembered", index.Len(), len(texts))
	}
	// The same problem with any one number changed.
	for i, text := range texts {
		digit := strings.IndexAny(text, "0123456789")
		changed := text[:digit] + "7" + text[digit:]
		if first, _, again := index.Add(0, changed); again {
			t.Errorf("problem %d: a changed number is a duplicate of %d:\n%s", i, first, changed)
		}
	}
}

// Planted near-duplicates: the edits of a paraphrasing model, on real problems and on longer texts,
// judged against the exact similarity.
func TestPlantedNearDuplicates(t *testing.T) {
	texts := bundled(t)
	draw := rand.New(rand.NewPCG(5, 0))
	for range 400 {
		texts = append(texts, randomText(draw, 20+draw.IntN(100), 300))
	}
	var near, found, clear, foundClear, far, merged, wrong int
	for edits := range 12 {
		index := newIndex(t) // a new one, because an edited text that is not near is remembered
		for i, text := range texts {
			index.Add(uint32(i), text)
		}
		for i, text := range texts {
			changed := edited(draw, text, edits)
			exact, sameNumbers := duplicate.Jaccard(text, changed, 2)
			if !sameNumbers {
				t.Fatalf("the edit changed a number:\n%s\n%s", text, changed)
			}
			first, _, again := index.Add(uint32(i), changed)
			if again && int(first) != i {
				wrong++
			}
			switch {
			case exact >= 0.9:
				clear, foundClear = clear+1, foundClear+count(again)
				fallthrough
			case exact >= 0.8:
				near, found = near+1, found+count(again)
			case exact < 0.65:
				far, merged = far+1, merged+count(again)
			}
		}
	}
	share := func(part, of int) float64 { return float64(part) / float64(of) }
	t.Logf("J >= .9: %d of %d found (%.4f); J >= .8: %d of %d (%.4f); J < .65: %d of %d merged (%.4f); %d with another text",
		foundClear, clear, share(foundClear, clear), found, near, share(found, near), merged, far, share(merged, far), wrong)
	if share(foundClear, clear) < 0.99 || share(found, near) < 0.9 || share(merged, far) > 0.002 || wrong > 0 || far < 1000 {
		t.Error("recall or false merges are out of bounds")
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

func randomText(draw *rand.Rand, length, vocabulary int) string {
	text := make([]string, length)
	for i := range text {
		text[i] = "w" + string(rune('a'+draw.IntN(26))) + strings.Repeat("x", draw.IntN(vocabulary/26))
		if draw.IntN(12) == 0 {
			text[i] = fmt.Sprint(draw.IntN(100))
		}
	}
	return strings.Join(text, " ")
}

// edited replaces or drops some words that are not numbers, in other case and punctuation.
func edited(draw *rand.Rand, text string, edits int) string {
	text = strings.ReplaceAll(strings.ToUpper(text), ". ", " ;\n ")
	fields := strings.Fields(text)
	for range edits {
		at := draw.IntN(len(fields))
		if isNumber(fields[at]) {
			continue
		}
		fields[at] = []string{"", "perhaps", "quite", "unseen"}[draw.IntN(4)]
	}
	return strings.Join(fields, "  ")
}

func isNumber(word string) bool {
	if strings.ContainsAny(word, "0123456789+-*/=%") {
		return true
	}
	switch strings.Trim(strings.ToLower(word), ".,;?!") {
	case "one", "two", "three", "four", "five", "six", "ten", "half", "twice", "double", "triple", "dozen", "quarter", "hundred":
		return true
	}
	return false
}

func TestTheEarliestIsKept(t *testing.T) {
	index := newIndex(t)
	const text = "the quick brown fox jumps over the lazy dog and then it sleeps all day in the warm sun of may"
	index.Add(10, text)
	index.Add(20, "something else")
	for _, key := range []uint32{30, 40} {
		first, similarity, again := index.Add(key, strings.ToUpper(text))
		if !again || first != 10 || similarity != 1 {
			t.Errorf("key %d: first %d, similarity %v, %v", key, first, similarity, again)
		}
	}
	if index.Len() != 2 {
		t.Errorf("%d texts are remembered, want 2", index.Len())
	}
}

func TestShortAndWordlessTexts(t *testing.T) {
	index := newIndex(t)
	for i, text := range []string{"", "?", "🙂", "yes", "no", "yes no", "7", "-7", "7%", "3 + 4", "3 - 4", "ja.nein"} {
		if first, _, again := index.Add(uint32(i), text); again {
			t.Errorf("%q is a duplicate of %d", text, first)
		}
	}
	for text, want := range map[string]uint32{" ": 0, " ?\n": 1, "🙂": 2, "**Yes**": 3, "yes: no!": 5, "7.0": 6, "3+4": 9, "3 − 4": 10} {
		if first, _, again := index.Add(99, text); !again || first != want {
			t.Errorf("%q: first %d, %v, want %d", text, first, again, want)
		}
	}
}

// Many texts that are alike but not near do not slow the index down to comparing all with all, and
// most duplicates among them are still found.
func TestACrowdOfTextsThatAreAlike(t *testing.T) {
	draw := rand.New(rand.NewPCG(17, 0))
	boilerplate := "so"
	for range 100 {
		boilerplate += " y" + letters(draw.IntN(1_000_000))
	}
	index := newIndex(t)
	texts := make([]string, 10_000)
	for i := range texts {
		texts[i] = boilerplate
		for range 30 {
			texts[i] += " z" + letters(draw.IntN(1_000_000))
		}
		index.Add(uint32(i), texts[i])
	}
	remembered, found := index.Len(), 0
	for i, text := range texts {
		first, _, again := index.Add(uint32(i), text)
		found += count(again && int(first) == i)
	}
	t.Logf("%d of %d are remembered, %d found again", remembered, len(texts), found)
	if remembered < 9_900 || found < 9_500 {
		t.Error("texts that are alike merge, or copies are not found")
	}
}

// letters spells a number without digits.
func letters(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + 'k' }, fmt.Sprint(n))
}

// Whatever the text, it is a duplicate of itself, and never of one with another number in it.
func TestAlways(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`([a-e]{1,3}[ ,.]|[0-9]{1,2} |[=+*-]){0,30}`), 1, 20).Draw(t, "texts")
		a, _ := duplicate.New(duplicate.Default())
		b, _ := duplicate.New(duplicate.Default())
		for i, text := range texts {
			found, near, known := a.Find(text)
			if _, _, still := a.Find(text); still != known {
				t.Fatalf("%q is remembered by looking it up", text)
			}
			first, similarity, again := a.Add(uint32(i), text)
			if again != known || again && (found != first || near != similarity) {
				t.Fatalf("%q: Find and Add do not agree", text)
			}
			first2, similarity2, again2 := b.Add(uint32(i), text)
			if first != first2 || similarity != similarity2 || again != again2 {
				t.Fatal("two indexes do not agree")
			}
			if again && (similarity < duplicate.Default().Threshold || similarity > 1) {
				t.Fatalf("a duplicate of similarity %v", similarity)
			}
			if _, same := duplicate.Jaccard(texts[first], text, 2); again && !same {
				t.Fatalf("%q and %q differ in a number", texts[first], text)
			}
			if _, _, again := a.Add(0, text); !again {
				t.Fatalf("%q is not a duplicate of itself", text)
			}
			if first, _, again := a.Add(0, text+" 777"); again && first == uint32(i) {
				t.Fatalf("%q with 777 is a duplicate of it without", text)
			}
		}
	})
}

// Fixed verdicts, so that a change of the hashes is seen: indexes of earlier runs would be judged
// otherwise.
func TestVerdictsAreFixed(t *testing.T) {
	draw := rand.New(rand.NewPCG(11, 0))
	index := newIndex(t)
	digest, merged := uint64(0), 0
	for i := range 2000 {
		text := randomText(draw, 12, 30)
		if i%2 == 1 {
			text = edited(draw, text, 1)
		}
		index.Add(uint32(i), text)
		_, similarity, again := index.Add(uint32(i), edited(draw, text, 2))
		digest = digest*31 + math.Float64bits(similarity)
		merged += count(again)
	}
	if got := fmt.Sprintf("%d %x", merged, digest); got != golden {
		t.Errorf("%s, want %s", got, golden)
	}
}

const golden = "128 1f910d72f2abf92f"

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []duplicate.Config{{}, {Words: 9, Threshold: .8}, {Words: 2, Threshold: .5}, {Words: 2, Threshold: 1.1}, {Words: 2, Threshold: math.NaN()}} {
		if _, err := duplicate.New(c); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	index, err := duplicate.New(duplicate.Config{Words: 2, Threshold: 1})
	if err != nil {
		t.Fatal(err)
	}
	index.Add(1, "a b c d e f g h i j k l m n o p")
	if _, _, again := index.Add(2, "a b c d e f g h i j k l m n o p q"); again {
		t.Error("at a threshold of 1 another word does not count")
	}
	if first, _, again := index.Add(2, "A B C d e f g h i j k l m n o p"); !again || first != 1 {
		t.Error("at a threshold of 1 equal words are not found")
	}
}

func TestAtMost200BytesARecord(t *testing.T) {
	draw := rand.New(rand.NewPCG(9, 0))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	index := newIndex(t)
	worst := 0.0
	for n := 1; n <= 220_000; n++ {
		index.Add(uint32(n), fmt.Sprintf("%x %x %x %x", draw.Uint32(), draw.Uint32(), draw.Uint32(), draw.Uint32()))
		if n >= 100_000 && n%10_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&after)
			worst = max(worst, float64(after.HeapAlloc-before.HeapAlloc)/float64(index.Len()))
		}
	}
	t.Logf("%d records, at worst %.0f bytes each", index.Len(), worst)
	if worst > 200 {
		t.Errorf("%.0f bytes a record", worst)
	}
	runtime.KeepAlive(index)
}

func FuzzAdd(f *testing.F) {
	f.Add("Ivan buys 3 bags.", "Ivan buys 4 bags.")
	f.Add("", "\xff")
	f.Add("-5 - -5.", "1,000.0")
	f.Add("他有3个苹果", "’’'.5")
	f.Fuzz(func(t *testing.T, a, b string) {
		index := newIndex(t)
		index.Add(1, a)
		if _, similarity, again := index.Add(2, a); !again || similarity != 1 {
			t.Fatalf("%q is not a duplicate of itself", a)
		}
		_, _, again := index.Add(3, b)
		similarity, same := duplicate.Jaccard(a, b, 2)
		if again && !same {
			t.Fatalf("%q and %q differ in a number and are duplicates", a, b)
		}
		if similarity == 1 && same && !again {
			t.Fatalf("%q and %q have the same words and are no duplicates", a, b)
		}
	})
}

// Texts of 300 bytes, of which a fifth come again.
func BenchmarkAdd(b *testing.B) {
	draw := rand.New(rand.NewPCG(13, 0))
	texts := make([]string, 50_000)
	for i := range texts {
		text := randomText(draw, 100, 300)
		texts[i] = text[:300]
		if i%5 == 4 {
			texts[i] = texts[draw.IntN(i)]
		}
	}
	b.SetBytes(300)
	index := newIndex(b)
	n := 0
	for b.Loop() {
		if n == len(texts) {
			index, n = newIndex(b), 0
		}
		index.Add(uint32(n), texts[n])
		n++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
}
