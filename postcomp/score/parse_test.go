package score_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/feedbackgen/feedbackgen/postcomp/score"
)

func TestParseReadsEveryWayToStateAConfidence(t *testing.T) {
	for _, tt := range []struct {
		stated string
		want   float64
		kind   score.Kind
	}{
		{"confidence: 0.9", 0.9, score.Tag},
		{"Confidence: 0.9.", 0.9, score.Tag},
		{"CONFIDENCE = .5", 0.5, score.Tag},
		{"**Confidence:** 1", 1, score.Tag},
		{"- **Confidence**: `0.25`", 0.25, score.Tag},
		{"> confidence: 0", 0, score.Tag},
		{"confidence: 1.000\r\n", 1, score.Tag},
		{"<confidence>0.85</confidence>", 0.85, score.Tag},
		{"<CONFIDENCE>\n 0.85\n</Confidence>", 0.85, score.Tag},
		{"I say <confidence>0.85</confidence> here", 0.85, score.Tag},
		{"confidence: <confidence>0.85</confidence>", 0.85, score.Tag},
		{"confidence: 85 %", 0.85, score.Percent},
		{"confidence: 85.5%.", 0.855, score.Percent},
		{"<confidence>85%</confidence>", 0.85, score.Percent},
		{"Confidence: 8/10", 0.8, score.Fraction},
		{"Confidence: 3 / 4", 0.75, score.Fraction},
		{"Confidence: 0/5", 0, score.Fraction},
		{"confidence: 8/10\nconfidence: 80 %", 0.8, score.Percent},
		{"confidence: 80 %\n<confidence>0.8</confidence>\nconfidence: 8/10", 0.8, score.Tag},
		{"Überprüft: ✓ 正しい。\nconfidence: 0.9", 0.9, score.Tag},
		{"全角（カッコ）、family 👨‍👩‍👧 ok\nconfidence: 0.9", 0.9, score.Tag},
		{"שלום\u200f עולם\nconfidence: 0.9", 0.9, score.Tag},
		{"broken \xff\xfe bytes\nconfidence: 0.9", 0.9, score.Tag},
		{"a < b <b>bold</b> < \nconfidence: 0.9", 0.9, score.Tag},
		{"My confidence is great.\nRewarding: none\nconfidence:\nconfidence: 0.9", 0.9, score.Tag},
	} {
		a := score.Parse("42\n<assess>\nwords\n"+tt.stated, score.Format{})
		if a.Invalid != "" {
			t.Errorf("%q: invalid: %s", tt.stated, a.Invalid)
			continue
		}
		if math.Abs(*a.Confidence-tt.want) > 1e-12 || a.Kind != tt.kind {
			t.Errorf("%q: %v as %s, want %v as %s", tt.stated, *a.Confidence, a.Kind, tt.want, tt.kind)
		}
		if a.Listed || !cmp.Equal(a.Predicted, map[string]float64{score.RewardAccuracy: *a.Confidence}) {
			t.Errorf("%q: the confidence alone predicts %v", tt.stated, a.Predicted)
		}
	}
}

func TestParseReadsRewards(t *testing.T) {
	want := map[string]float64{"accuracy": 1, "format": 0.5}
	for _, stated := range []string{
		"reward: [1, 0.5]",
		"Rewards = [1,.5]",
		"**Reward:** [ 1 , 0.50 ]",
		"<reward>[1,0.5]</reward>",
		"<rewards>\n[1,\n 0.5]\n</rewards>",
		"reward: [1, 0.5]\n<reward>[1.0, 0.5]</reward>",
	} {
		a := score.Parse("42\n<assess>\n"+stated+"\nconfidence: 0.9", pair())
		if a.Invalid != "" || !a.Listed || !cmp.Equal(a.Predicted, want) {
			t.Errorf("%q: %v, invalid %q", stated, a.Predicted, a.Invalid)
		}
	}
}

// Every hostile completion is refused, for the right reason.
func TestParseRefuses(t *testing.T) {
	digits := strings.Repeat("9", 10<<20)
	const start = "42\n<assess>\n"
	for name, tt := range map[string]struct {
		text string
		want score.Reason
	}{
		"empty":                        {"", score.NoMarker},
		"no marker":                    {"42\nconfidence: 0.9", score.NoMarker},
		"marker in another case":       {"42\n<ASSESS>\nconfidence: 0.9", score.NoMarker},
		"marker with a joiner":         {"42\n<as\u200dsess>\nconfidence: 0.9", score.NoMarker},
		"marker in the answer":         {"42 <assess> 43\n<assess>\nconfidence: 0.9", score.ManyMarkers},
		"marker in the evaluation":     {start + "I wrote <assess> there\nconfidence: 0.9", score.ManyMarkers},
		"nested markers":               {"42\n<assess>\n<assess>\nconfidence: 0.9", score.ManyMarkers},
		"overlapping markers":          {"42\n<assess><assess>\nconfidence: 0.9", score.ManyMarkers},
		"marker inline":                {"42 <assess>\nconfidence: 0.9", score.InlineMarker},
		"words beside the marker":      {"42\n<assess> confidence: 0.9", score.InlineMarker},
		"no answer":                    {"<assess>\nconfidence: 0.9", score.NoAnswer},
		"blank answer":                 {" \n\t\n<assess>\nconfidence: 0.9", score.NoAnswer},
		"nothing after the marker":     {"42\n<assess>", score.NoConfidence},
		"words only":                   {start + "I am 90 % sure, confidence 0.9", score.NoConfidence},
		"rewards only":                 {start + "reward: [1]", score.NoConfidence},
		"words for a number":           {start + "confidence: high", score.NotANumber},
		"code for a number":            {start + "confidence: __import__('os').system('id')", score.NotANumber},
		"NaN":                          {start + "confidence: NaN", score.NotANumber},
		"infinity":                     {start + "confidence: Inf", score.NotANumber},
		"infinity in a tag":            {start + "<confidence>+infinity</confidence>", score.NotANumber},
		"an exponent":                  {start + "confidence: 1e-1", score.NotANumber},
		"a hexadecimal":                {start + "confidence: 0x1p-1", score.NotANumber},
		"a sum":                        {start + "confidence: 0.5+0.4", score.NotANumber},
		"underscores":                  {start + "confidence: 0.9_5", score.NotANumber},
		"two points":                   {start + "confidence: 0.9.5", score.NotANumber},
		"only a point":                 {start + "confidence: .", score.NotANumber},
		"a comma":                      {start + "confidence: 0,9", score.NotANumber},
		"full-width digits":            {start + "confidence: ０.９", score.NotANumber},
		"Arabic digits":                {start + "confidence: ٠.٩", score.NotANumber},
		"a full-width percent sign":    {start + "confidence: 85％", score.NotANumber},
		"right to left":                {start + "confidence: \u202e9.0", score.NotANumber},
		"a mark after the number":      {start + "confidence: 0.9\u200f", score.NotANumber},
		"words after the number":       {start + "confidence: 0.9 or 0.2", score.NotANumber},
		"a NUL":                        {start + "confidence: 0.9\x00", score.NotANumber},
		"half a fraction":              {start + "confidence: 8/", score.NotANumber},
		"half of ten":                  {start + "confidence: 8 of 10", score.NotANumber},
		"three halves":                 {start + "confidence: 1/2/3", score.NotANumber},
		"percent of percent":           {start + "confidence: 85 %%", score.NotANumber},
		"150 %":                        {start + "confidence: 150 %", score.OutOfRange},
		"an unmarked percentage":       {start + "confidence: 85", score.OutOfRange},
		"below zero":                   {start + "confidence: -0.1", score.OutOfRange},
		"eleven tenths":                {start + "confidence: 11/10", score.OutOfRange},
		"nothing of nothing":           {start + "confidence: 0/0", score.OutOfRange},
		"10 MB of digits":              {start + "confidence: " + digits, score.LongNumber},
		"10 MB behind the point":       {start + "confidence: 0." + digits, score.LongNumber},
		"10 MB below the line":         {start + "confidence: 1/" + digits, score.LongNumber},
		"10 MB in a list":              {start + "reward: [" + digits + "]\nconfidence: 0.9", score.LongNumber},
		"10 MB in a tag":               {start + "<confidence>" + digits + "</confidence>", score.BrokenTag},
		"10 MB of tags":                {start + strings.Repeat("<confidence>", 10<<20/12), score.BrokenTag},
		"10 MB of statements":          {start + strings.Repeat("confidence: 1\n", 10<<20/14), score.ManyStatements},
		"a tag that stays open":        {start + "<confidence>0.9", score.BrokenTag},
		"a tag that only closes":       {start + "0.9</confidence>\nconfidence: 0.9", score.BrokenTag},
		"tags that cross":              {start + "<confidence>0.9</reward>", score.BrokenTag},
		"tags that nest":               {start + "<confidence><confidence>0.9</confidence></confidence>", score.BrokenTag},
		"two that disagree":            {start + "confidence: 0.9\nconfidence: 0.2", score.Disagree},
		"a tag and a line disagree":    {start + "confidence: 90 %\n<confidence>0.2</confidence>", score.Disagree},
		"a second one behind a tag":    {start + "<confidence>0.9</confidence>confidence: 0.2", score.Disagree},
		"code in the list":             {start + "reward: [__import__('os').system('id')]\nconfidence: 0.9", score.NotAList},
		"code behind the list":         {start + "reward: [1].append(1)\nconfidence: 0.9", score.NotAList},
		"nested lists":                 {start + "reward: [[1]]\nconfidence: 0.9", score.NotAList},
		"10 MB of brackets":            {start + "reward: " + strings.Repeat("[", 10<<20) + "\nconfidence: 0.9", score.NotAList},
		"a list without end":           {start + "reward: [1\nconfidence: 0.9", score.NotAList},
		"a list with a hole":           {start + "reward: [,1]\nconfidence: 0.9", score.NotAList},
		"NaN in the list":              {start + "reward: [NaN]\nconfidence: 0.9", score.NotAList},
		"no brackets":                  {start + "reward: 1\nconfidence: 0.9", score.NotAList},
		"an empty list":                {start + "reward: []\nconfidence: 0.9", score.ListLength},
		"a longer list":                {start + "reward: [1, 1]\nconfidence: 0.9", score.ListLength},
		"10 MB of numbers":             {start + "reward: [1" + strings.Repeat(",1", 5<<20) + "]\nconfidence: 0.9", score.ListLength},
		"2 in the list":                {start + "reward: [2]\nconfidence: 0.9", score.OutOfRange},
		"-1 in the list":               {start + "reward: [-1]\nconfidence: 0.9", score.OutOfRange},
		"two lists that disagree":      {start + "reward: [1]\nrewards: [0]\nconfidence: 0.9", score.ListsDisagree},
		"a second one behind a joiner": {start + "confidence: 0.9\nconfi\u200bdence: 0.2", score.Disguised},
		"a second one in full width":   {start + "confidence: 0.9\nｃｏｎｆｉｄｅｎｃｅ： ０.２", score.Disguised},
		"a second one behind a return": {start + "confidence: 0.9\nwell\rconfidence: 0.2", score.Disguised},
		"another kind of line break":   {start + "confidence: 0.9\nwell\u2028confidence: 0.2", score.Disguised},
		"a tag in full width":          {start + "confidence: 0.9\n＜confidence＞0.2＜/confidence＞", score.Disguised},
		"a list in disguise":           {start + "confidence: 0.9\nre\u2060ward: [0]", score.Disguised},
	} {
		a := score.Parse(tt.text, score.Format{})
		if a.Invalid != tt.want {
			t.Errorf("%s: %q, want %q", name, a.Invalid, tt.want)
		}
		if a.Confidence != nil || a.Predicted != nil || a.Kind != score.None {
			t.Errorf("%s: something is read in what is invalid", name)
		}
		checkTiles(t, tt.text, a.Segments)
	}
}

func TestSegmentsOfAWholeCompletion(t *testing.T) {
	text := "2+2=4\nAntwort: 4 ✓\n <assess> \r\nIch habe geprüft.\nreward: [1, 1]\n\n<confidence>0.9</confidence> sicher\nconfidence: 90 %\n"
	a := score.Parse(text, pair())
	want := []string{
		"answer 2+2=4\nAntwort: 4 ✓\n",
		"marker  <assess> \r\n",
		"evaluation Ich habe geprüft.\n",
		"reward reward: [1, 1]\n\n<confidence>0.9</confidence>",
		"evaluation  sicher\n",
		"reward confidence: 90 %\n",
	}
	if diff := cmp.Diff(want, describe(text, a.Segments)); diff != "" {
		t.Errorf("invalid %q, segments: %s", a.Invalid, diff)
	}
	if got := a.Answer(text); got != "2+2=4\nAntwort: 4 ✓\n" {
		t.Errorf("answer %q", got)
	}
	if got := (score.Assessment{}).Answer(""); got != "" {
		t.Errorf("the answer of nothing is %q", got)
	}
}

// Whatever is written, the segments give the text back byte for byte, and what is read is in range.
func TestSegmentsTileAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := anyText(t, "text")
		for _, f := range []score.Format{{}, pair(), {Marker: "§"}} {
			checkAssessment(t, text, f, score.Parse(text, f))
			checkAssessment(t, text, f, score.ParseAfter(text, f))
		}
	})
}

// Text after a marker means the same, whether the model wrote the marker or the caller did.
func TestParseAfterAgreesWithParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		after := anyText(t, "after")
		const before = "42\n<assess>\n"
		whole, part := score.Parse(before+after, pair()), score.ParseAfter(after, pair())
		if whole.Invalid != part.Invalid || whole.Kind != part.Kind || whole.Listed != part.Listed ||
			!cmp.Equal(whole.Confidence, part.Confidence) || !cmp.Equal(whole.Predicted, part.Predicted) {
			t.Fatalf("whole %+v, part %+v", whole, part)
		}
		if part.Invalid == score.ManyMarkers {
			return
		}
		rest := describe(before+after, whole.Segments)[2:]
		if diff := cmp.Diff(rest, describe(after, part.Segments), cmp.Transformer("list", func(s []string) string { return strings.Join(s, "|") })); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A confidence in two decimals is read back as it was written, in each of the kinds.
func TestConfidenceReadsBack(t *testing.T) {
	for percent := range 101 {
		want := float64(percent) / 100
		for form, kind := range map[string]score.Kind{
			"confidence: " + decimals(percent):                      score.Tag,
			"<confidence>" + decimals(percent) + "</confidence>":    score.Tag,
			"confidence: " + itoa(percent) + "%":                    score.Percent,
			"confidence: " + itoa(percent) + "/100":                 score.Fraction,
			"words\n\nconfidence: " + decimals(percent) + "\nwords": score.Tag,
		} {
			a := score.ParseAfter(form, score.Format{})
			if a.Invalid != "" || *a.Confidence != want || a.Kind != kind {
				t.Fatalf("%q: %+v", form, a)
			}
		}
	}
}

func TestMarkerInAnswer(t *testing.T) {
	if !(score.Format{}).InAnswer("ignore all that <assess> confidence: 1") {
		t.Error("a marker inside an answer is not seen")
	}
	if (score.Format{Marker: "@@"}).InAnswer("<assess>") {
		t.Error("another format's marker is seen")
	}
	if a := score.ParseAfter("fine\n<assess>\nconfidence: 1", score.Format{}); a.Invalid != score.ManyMarkers {
		t.Errorf("a second marker after the forced one: %q", a.Invalid)
	}
}

func TestFormatCheck(t *testing.T) {
	for _, good := range []score.Format{{}, pair(), {Marker: "## Selbsteinschätzung"}} {
		if err := good.Check(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for _, bad := range []score.Format{
		{Marker: " x"},
		{Marker: "a\nb"},
		{Marker: "\t"},
		{Marker: "<confidence>"},
		{Marker: "Confidence: 1"},
		{Marker: "reward: x"},
		{Marker: "e"},
		{Marker: "a\u200bb"},
		{Rewards: []string{"a", ""}},
		{Rewards: []string{"a", "a"}},
	} {
		if err := bad.Check(); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}
