package verify

import (
	"strings"
	"unicode/utf8"
)

// latex turns LaTeX and typographic characters into the plain ones that the readers know.
// Spaces that may group digits all become thin.
var latex = strings.NewReplacer(
	`\$`, "$", `\%`, "%", `\#`, "#", `\&`, "&",
	`\,`, thin, "\u00a0", thin, "\u202f", thin,
	`\;`, " ", `\:`, " ", `\ `, " ", `\quad`, " ", `\qquad`, " ", `\!`, "",
	`\(`, " ", `\)`, " ", `\[`, " ", `\]`, " ",
	`\text{`, " {", `\textbf{`, " {", `\textit{`, " {", `\mathrm{`, " {", `\mathbf{`, " {", `\mathit{`, " {", `\operatorname{`, " {", `\mbox{`, " {", `\boxed{`, " {",
	`\left`, "", `\right`, "", `\displaystyle`, "",
	`\dfrac`, `\frac`, `\tfrac`, `\frac`, `\cfrac`, `\frac`,
	`\times`, "×", `\cdot`, "×", `\approx`, "=", "≈", "=", "·", "×",
	`^\circ`, "°", `^{\circ}`, "°", `\degree`, "°",
	"{,}", ",", "\u2044", "/", "\u2212", "-", "\u2013", "-", "\u2014", " - ", "’", "'", "‘", "'", "“", `"`, "”", `"`,
)

// plain is a slot without what only decorates it.
func plain(text string) string {
	if isPlain(text) {
		return text
	}
	if strings.Contains(text, "<") {
		text = withoutTags(withoutCalculator(text))
	}
	return latex.Replace(text)
}

func isPlain(text string) bool {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c >= utf8.RuneSelf || c == '\\' || c == '{' || c == '<' {
			return false
		}
	}
	return true
}

// withoutCalculator drops GSM8K's annotations, as in "5*3 = <<5*3=15>>15".
func withoutCalculator(text string) string {
	var kept strings.Builder
	for {
		start := strings.Index(text, "<<")
		if start < 0 {
			break
		}
		size := strings.Index(text[start:], ">>")
		if size < 0 {
			break
		}
		kept.WriteString(text[:start])
		text = text[start+size+len(">>"):]
	}
	kept.WriteString(text)
	return kept.String()
}

// withoutTags drops what looks like a tag or a leaked special token: <b>, </s>, <|im_end|>.
func withoutTags(text string) string {
	const longest = 32
	var kept strings.Builder
	for {
		start := strings.IndexByte(text, '<')
		if start < 0 {
			break
		}
		kept.WriteString(text[:start])
		text = text[start:]
		size := 1 + strings.IndexByte(text[:min(len(text), longest)], '>')
		if size < 3 || strings.ContainsAny(text[:size], " =") || !isLetter(text[1]) && text[1] != '/' && text[1] != '|' {
			size = 1
			kept.WriteByte('<')
		}
		text = text[size:]
	}
	kept.WriteString(text)
	return kept.String()
}

// declines reports whether a slot says that there is no answer.
func declines(text string) bool {
	text = strings.ToLower(text)
	switch strings.Trim(text, " \t\r\n*_`\"'.!$(){}") {
	case "unknown", "undetermined", "undefined", "unclear", "n/a", "none given", "no answer", "not sure", "not known", "not given", "indeterminate":
		return true
	}
	for _, words := range [...]string{
		"cannot be determined", "can't be determined", "can not be determined", "cannot determine", "can't determine",
		"not enough information", "insufficient information", "insufficient data", "don't know", "do not know",
		"impossible to determine", "not possible to determine", "unable to determine",
		"cannot answer", "can't answer", "cannot be answered", "can't be answered", "unable to answer",
	} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}
