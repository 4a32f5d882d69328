package leak_test

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/guard/leak"
)

func Example() {
	index, err := leak.New(leak.DefaultWords, []leak.Item{
		{ID: "test-1", Prompt: "Ivan buys 3 bags with 12 marbles each. He gets 9 from Vera. How many has he?", Answer: "45"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{
		"Example: ivan buys 3 bags, with 12 marbles each; he gets 9 from Vera.\nHow many has he?",
		"Ivan buys 4 bags with 12 marbles each. He gets 9 from Vera. How many has he?",
		"Vera has no marbles.",
	} {
		finding, ok := index.Check(text)
		fmt.Printf("%v %q %.2f leaked: %v\n", ok, finding.Item, finding.Overlap, finding.Leaked)
	}
	// Output:
	// true "test-1" 1.00 leaked: true
	// true "test-1" 0.82 leaked: false
	// false "" 0.00 leaked: false
}

func ExampleAnswer() {
	how, leaked := leak.Answer("Think step by step. The answer is 45.", "45")
	fmt.Println(leaked, how)
	_, leaked = leak.Answer("Ivan has 45 marbles. How many are left?", "45")
	fmt.Println(leaked)
	// Output:
	// true stated
	// false
}

func newIndex(t testing.TB, items ...leak.Item) *leak.Index {
	t.Helper()
	index, err := leak.New(leak.DefaultWords, items)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// problems are real ones, which stem from templates.
func problems(t *testing.T, name string) []leak.Item {
	t.Helper()
	var items []leak.Item
	file, err := os.Open("../../backends/embedded/problems/" + name + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		found := gjson.GetManyBytes(lines.Bytes(), "id", "prompt", "answer")
		items = append(items, leak.Item{ID: found[0].String(), Prompt: found[1].String(), Answer: found[2].String()})
	}
	if err := errors.Join(lines.Err(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return items
}

func TestProblemsOfOneTemplateDoNotLeak(t *testing.T) {
	index := newIndex(t, problems(t, "holdout")...)
	overlapping := 0
	for _, item := range problems(t, "tune") {
		finding, ok := index.Check(item.Prompt)
		if ok && finding.Overlap > .25 {
			overlapping++
		}
		if finding.Leaked {
			t.Errorf("%s is called a leak of %s (%.2f)", item.ID, finding.Item, finding.Overlap)
		}
	}
	t.Logf("%d of the tuning problems share more than a quarter with a held-out one", overlapping)
}

func TestHeldOutProblemsAreFoundInAnyDress(t *testing.T) {
	held := problems(t, "holdout")
	index := newIndex(t, held...)
	around := problems(t, "tune")
	for i, item := range held {
		text := item.Prompt
		for name, dressed := range map[string]string{
			"as it is":        text,
			"in a context":    around[i].Prompt + "\n\n# Example\n" + text + "\nThe answer is " + item.Answer + ".\n" + around[0].Prompt,
			"in capitals":     strings.ToUpper(text),
			"without marks":   strings.NewReplacer(".", "", ",", "", "?", " ", "\n", " ").Replace(text),
			"in other spaces": "> " + strings.Join(strings.Fields(text), "\n>  "),
		} {
			finding, _ := index.Check(dressed)
			if !finding.Leaked || finding.Item != item.ID {
				t.Errorf("%s %s: %+v", item.ID, name, finding)
			}
		}
		// Another number is another problem.
		digit := strings.IndexAny(text, "0123456789")
		if finding, _ := index.Check(text[:digit] + "7" + text[digit:]); finding.Leaked && finding.Item == item.ID {
			t.Errorf("%s with another number: %+v", item.ID, finding)
		}
	}
}

func TestHalfAnItemIsALeak(t *testing.T) {
	const item = "a b c d e f g h i j k l m n o p q r s t u v w x y z aa bb cc dd ee ff"
	index := newIndex(t, leak.Item{ID: "letters", Prompt: item})
	fields := strings.Fields(item)
	for taken, want := range map[int]float64{7: 0, 8: .25, 15: 15. / 32, 16: .5, 32: 1} {
		finding, ok := index.Check("so " + strings.Join(fields[:taken], " ") + " and so on")
		if ok != (want > 0) || finding.Overlap != want || finding.Leaked != (want >= .5) {
			t.Errorf("%d words: %+v", taken, finding)
		}
	}
	two := strings.Join(fields[:8], " ") + " meanwhile " + strings.Join(fields[20:28], " ")
	if finding, _ := index.Check(two); !finding.Leaked || finding.Overlap != .5 {
		t.Errorf("two pieces of a quarter each: %+v", finding)
	}
}

func TestShortItemsAreMatchedWhole(t *testing.T) {
	index := newIndex(t,
		leak.Item{ID: "sum", Prompt: "What is 17 + 25?"},
		leak.Item{ID: "word", Prompt: "Hello!"},
		leak.Item{ID: "nothing", Prompt: "..."},
	)
	for text, want := range map[string]string{
		"Say: what is 17+25": "sum",
		"what is 17 + 26":    "",
		"what is 117 + 25":   "",
		"what is 17":         "",
		"hello":              "word",
		"hello there":        "",
		"...":                "",
		"":                   "",
	} {
		finding, ok := index.Check(text)
		if finding.Item != want || finding.Leaked != (want != "") || ok != (want != "") {
			t.Errorf("%q: %+v, want %q", text, finding, want)
		}
	}
}

// Instructions that all items share identify none of them.
func TestSharedInstructionsAreNoLeak(t *testing.T) {
	const instructions = "Think step by step and write one step per line. End with a line that holds the answer alone. "
	var items []leak.Item
	for i := range 40 {
		items = append(items, leak.Item{ID: fmt.Sprint(i), Prompt: instructions + fmt.Sprintf("What is %d times %d?", 100+i, 200+i)})
	}
	index := newIndex(t, items...)
	if finding, ok := index.Check(instructions + "What is 3 times 4?"); ok {
		t.Errorf("another question after the same instructions: %+v", finding)
	}
	if finding, _ := index.Check(items[7].Prompt); !finding.Leaked || finding.Item != "7" || finding.Overlap != 1 {
		t.Errorf("the seventh: %+v", finding)
	}
}

func TestSolutionsLeakToo(t *testing.T) {
	const solution = "3 bags of 12 marbles are 36, and 9 more from Vera make 45."
	index := newIndex(t, leak.Item{ID: "marbles", Prompt: "How many marbles?", Answer: solution}, leak.Item{ID: "short", Prompt: "What?", Answer: "45"})
	finding, _ := index.Check("Skill: " + strings.ToUpper(solution))
	if diff := cmp.Diff(leak.Finding{Item: "marbles", Part: leak.Gold, Overlap: 1, Numbers: true, Leaked: true}, finding); diff != "" {
		t.Error(diff)
	}
	if finding, ok := index.Check("the answer is 45"); ok {
		t.Errorf("a short answer by itself: %+v", finding)
	}
}

func TestAnswersThatAreGivenAway(t *testing.T) {
	const long = "because heat flows from warm to cold"
	for _, tt := range []struct{ text, gold, want string }{
		{"the answer is 42", "42", leak.Stated},
		{"**Answer:** 42", "42", leak.Stated},
		{"The final answer to the second question is $42.00.", "42", leak.Stated},
		{"Answer = 1,000", "1000", leak.Stated},
		{"#### 42", "42", leak.Stated},
		{`so \boxed{42}`, "42", leak.Stated},
		{`\boxed{\frac{3}{4}}`, `\frac{3}{4}`, leak.Stated},
		{"<answer> 42 </answer>", "42", leak.Stated},
		{"answer: B", "B", leak.Stated},
		{"The answer is (B).", "B", leak.Stated},
		{"answer: Paris, of course", "paris", leak.Stated},
		{"It is so " + long + ".", strings.ToUpper(long), leak.Spelled},
		{"id 5f3a9c0e7b21d4486 is it", "5f3a9c0e7b21d4486", leak.Spelled},
		{"he has 42 apples", "42", ""},
		{"the answer is 421", "42", ""},
		{"the answer is 4.2", "42", ""},
		{"the answer is -42", "42", ""},
		{"the answer is not 42", "42", ""},
		{"the answer is a number. He has 42", "42", ""},
		{`End with "The answer is N."`, "42", ""},
		{"the answer is a number", "A", ""},
		{"the answer is Bob", "B", ""},
		{"#### 7 and 42", "42", ""},
		{"we answered. It was: 42", "42", ""},
		{"answer: ", "42", ""},
		{"answer: 42", "", ""},
		{"", "42", ""},
	} {
		how, leaked := leak.Answer(tt.text, tt.gold)
		if how != tt.want || leaked != (tt.want != "") {
			t.Errorf("%q in %q: %q, %v, want %q", tt.gold, tt.text, how, leaked, tt.want)
		}
	}
}

// An item is found in any text that holds it.
func TestAlways(t *testing.T) {
	prompt := rapid.StringMatching(`([a-f]{1,2} |[0-9]{1,2} ){3,30}`)
	rapid.Check(t, func(t *rapid.T) {
		var items []leak.Item
		for i, text := range rapid.SliceOfN(prompt, 1, 6).Draw(t, "prompts") {
			items = append(items, leak.Item{ID: fmt.Sprint(i), Prompt: text})
		}
		n := rapid.IntRange(2, 10).Draw(t, "n")
		index, err := leak.New(n, items)
		if err != nil {
			t.Fatal(err)
		}
		text := rapid.SampledFrom(items).Draw(t, "item").Prompt
		finding, ok := index.Check(prompt.Draw(t, "before") + strings.ToUpper(text) + ", " + prompt.Draw(t, "after"))
		if !ok || !finding.Leaked || finding.Overlap < .5 || finding.Overlap > 1 {
			t.Fatalf("%q is not found: %+v", text, finding)
		}
	})
}

func TestLengthIsChecked(t *testing.T) {
	for _, n := range []int{-1, 0, 1, 65} {
		if _, err := leak.New(n, nil); !errors.Is(err, feedbackgen.ErrInput) {
			t.Errorf("n-grams of %d words: %v", n, err)
		}
	}
	if finding, ok := newIndex(t).Check("some text that is long enough to have n-grams of eight words"); ok {
		t.Errorf("an empty index finds %+v", finding)
	}
}

func randomItems(n int) []leak.Item {
	draw := rand.New(rand.NewPCG(21, 0))
	items := make([]leak.Item, n)
	for i := range items {
		var text strings.Builder
		for range 50 {
			fmt.Fprintf(&text, "w%d ", draw.IntN(5000))
		}
		items[i] = leak.Item{ID: fmt.Sprint(i), Prompt: text.String()}
	}
	return items
}

func TestMemoryIsAsStated(t *testing.T) {
	items := randomItems(5000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	index := newIndex(t, items...)
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := float64(after.HeapAlloc-before.HeapAlloc) / float64(50*len(items))
	t.Logf("%.0f bytes for each held-out word", each)
	if each > 60 {
		t.Errorf("%.0f bytes for each held-out word", each)
	}
	runtime.KeepAlive(index)
	runtime.KeepAlive(items)
}

func FuzzCheck(f *testing.F) {
	f.Add("Ivan buys 3 bags with 12 marbles each.", "Example: ivan buys 3 bags with 12 marbles each", "12")
	f.Add("What is 17 + 25?", "#### 42", "42")
	f.Add("", `\boxed{`, "A")
	f.Add("\xff 他有3个苹果", "answer is 他", "他")
	f.Fuzz(func(t *testing.T, prompt, text, gold string) {
		index := newIndex(t, leak.Item{ID: "x", Prompt: prompt, Answer: gold})
		finding, ok := index.Check(text)
		if ok != (finding.Item != "") || finding.Leaked && !ok || finding.Overlap < 0 || finding.Overlap > 1 {
			t.Fatalf("%+v, %v", finding, ok)
		}
		if own, found := index.Check(prompt); found && !own.Leaked {
			t.Fatalf("%q is not found in itself: %+v", prompt, own)
		}
		if how, leaked := leak.Answer(text, gold); leaked != (how != "") {
			t.Fatalf("%q, %v", how, leaked)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	items := randomItems(5000)
	index := newIndex(b, items...)
	n := 0
	for b.Loop() {
		index.Check(items[n%100].Prompt)
		n++
	}
}
