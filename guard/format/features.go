package format

import "math"

// lineKind is what a line is; each line is of exactly one kind.
type lineKind uint8

const (
	lineProse lineKind = iota
	lineEquation
	lineLabel
	lineNumber
	lineBullet
	lineHeading
	lineTable
	lineCode
	lineMath
	lineTag
	lineOther
	// lineNone is the kind of a text without any line beside its answer.
	lineNone
	lineKinds
)

// mark is something that a line may hold beside being of a kind.
type mark uint8

const (
	markRelation mark = iota
	markArrow
	markLatex
	markTag
	markEmphasis
	markSentence
	marks
)

// script is a writing system.
type script uint8

const (
	scriptLatin script = iota
	scriptGreek
	scriptCyrillic
	scriptHebrew
	scriptArabic
	scriptIndic
	scriptThai
	scriptHan
	scriptKana
	scriptHangul
	scriptOther
	scripts
)

// answerStyle is how the final answer is marked.
type answerStyle uint8

const (
	answerNone answerStyle = iota
	answerSentence
	answerLabel
	answerBoxed
	answerHashes
	answerTag
	answerStyles
)

// The names under which a model's JSON holds the features, and descriptions are made from.
func lineNames() []string {
	return []string{"prose", "equations", "labelled steps", "numbered list", "bullets", "headings", "table", "code", "display math", "tag lines", "other lines", "bare answer"}
}

func markNames() []string {
	return []string{"equations", "arrows", "LaTeX", "tags", "emphasis", "sentence ends"}
}

func scriptNames() []string {
	return []string{"Latin", "Greek", "Cyrillic", "Hebrew", "Arabic", "Indic", "Thai", "Han", "Kana", "Hangul", "other script"}
}

func answerNames() []string {
	return []string{"no answer marker", "the answer is", "answer:", `\boxed`, "####", "<answer>"}
}

// Features is a text's layout. It is comparable, and says nothing of the text's content.
//
// The body is every line that is neither blank nor short and there to mark the final answer.
type Features struct {
	lines   [lineKinds]float32 // shares of body lines by kind; they sum to 1
	marks   [marks]float32     // shares of body lines that hold the mark
	scripts [scripts]float32   // shares of the letters, which sum to 1; all 0 without letters
	density float32            // digits' and operators' share of the body's visible bytes
	answer  answerStyle        // the last marker
	bytes   float32            // log2 of 1 + the text's bytes
	rows    float32            // log2 of 1 + the body's lines
}

// Measure looks at a text's layout. It allocates nothing, and any bytes will do: what is not UTF-8
// is of no script.
func Measure(text string) Features {
	s := scanner{}
	for start := 0; start < len(text); {
		end := start
		for end < len(text) && text[end] != '\n' {
			end++
		}
		s.line(text[start:end])
		start = end + 1
	}
	f := Features{answer: s.answer, bytes: float32(math.Log2(1 + float64(len(text)))), rows: float32(math.Log2(1 + float64(s.body)))}
	if s.body == 0 {
		f.lines[lineNone] = 1
	}
	for i, n := range s.lines {
		f.lines[i] += share(n, s.body)
	}
	for i, n := range s.marks {
		f.marks[i] = share(n, s.body)
	}
	letters := 0
	for _, n := range s.scripts {
		letters += n
	}
	for i, n := range s.scripts {
		f.scripts[i] = share(n, letters)
	}
	f.density = share(s.numeric, s.visible)
	return f
}

// share is n of total, or 0 of none.
func share(n, total int) float32 {
	if total == 0 {
		return 0
	}
	return float32(n) / float32(total)
}
