package verify

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// mathSigns turns typographic characters into LaTeX, and drops what only sets space.
var mathSigns = strings.NewReplacer(
	`\\`, `\\`, `\(`, " ", `\)`, " ", `\[`, " ", `\]`, " ",
	`\,`, thin, "\u00a0", thin, "\u202f", thin, `\!`, "", "{,}", braceComma, `\$`, "", "$", "", "€", "", "£", "",
	"\u2212", "-", "\u2013", "-", "\u2044", "/", "×", "*", "·", "*", "⋅", "*", "÷", "/", "**", "^",
	"√", `\sqrt `, "π", `\pi `, "∞", `\infty `, "≤", `\le `, "≥", `\ge `, "<=", `\le `, ">=", `\ge `, "≠", `\ne `, "±", `\pm `, "≈", `\approx `,
	"²", "^2", "³", "^3", "°", `\degree `, "∪", `\cup `, "∈", `\in `, "∅", `\emptyset `,
	"α", `\alpha `, "β", `\beta `, "γ", `\gamma `, "δ", `\delta `, "θ", `\theta `, "λ", `\lambda `, "μ", `\mu `, "σ", `\sigma `, "φ", `\phi `, "ω", `\omega `,
	"½", `\frac12`, "⅓", `\frac13`, "⅔", `\frac23`, "¼", `\frac14`, "¾", `\frac34`, "⅕", `\frac15`, "⅖", `\frac25`, "⅗", `\frac35`,
	"⅘", `\frac45`, "⅙", `\frac16`, "⅚", `\frac56`, "⅛", `\frac18`, "⅜", `\frac38`, "⅝", `\frac58`, "⅞", `\frac78`,
)

// isMathWord tells words from variables side by side: whatever has more than three letters, and
// the shorter ones that answers are made of.
func isMathWord(lower string) bool {
	if len(lower) > 3 || strings.ContainsFunc(lower, func(r rune) bool { return r >= utf8.RuneSelf || r == '\'' }) {
		return true
	}
	return slices.Contains([]string{
		"yes", "no", "odd", "all", "one", "two", "six", "ten", "the", "is", "are", "not", "of", "per", "day", "men", "for", "she", "has", "was",
		"cm", "mm", "km", "kg", "mg", "ml", "ft", "in", "yd", "mi", "lb", "lbs", "oz", "hr", "hrs", "min", "sec", "mph", "kph", "am", "pm", "sq",
	}, lower)
}

// mathFunctions names the functions, with or without a backslash.
var mathFunctions = map[string]string{
	"sin": "sin", "cos": "cos", "tan": "tan", "cot": "cot", "sec": "sec", "csc": "csc",
	"arcsin": "asin", "arccos": "acos", "arctan": "atan", "asin": "asin", "acos": "acos", "atan": "atan",
	"ln": "ln", "log": "log", "lg": "log", "exp": "exp", "sqrt": "sqrt", "abs": "abs", "floor": "floor", "ceil": "ceil",
	"frac": "frac", "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "binom": "binom", "dbinom": "binom", "tbinom": "binom",
}

func isGreek(name string) bool {
	return slices.Contains([]string{
		"alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota", "kappa", "lambda", "mu", "nu", "xi",
		"rho", "sigma", "tau", "upsilon", "phi", "varphi", "chi", "psi", "omega",
		"Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega", "ell",
	}, name)
}

// mathCommands are LaTeX's names for operators; an empty one is skipped.
var mathCommands = map[string]string{
	"left": "", "right": "", "big": "", "Big": "", "bigg": "", "Bigg": "", "displaystyle": "", "textstyle": "", "boxed": "", "angle": "", "triangle": "", "limits": "",
	"quad": "", "qquad": "", ";": "", ":": "", " ": "", "#": "",
	"times": "*", "cdot": "*", "ast": "*", "div": "/", "pm": "pm", "mp": "mp", "%": "%", "circ": "deg", "degree": "deg",
	"le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "lt": "<", "gt": ">", "ne": "!=", "neq": "!=",
	"approx": "approx", "simeq": "approx", "equiv": "=", "in": "in", "cup": "cup", "lor": "or", "land": "and", "{": `\{`, "}": `\}`, "lbrace": `\{`, "rbrace": `\}`, `\`: `\\`,
	"|": "|", "vert": "|", "lvert": "|", "rvert": "|", "mid": "|", "lfloor": "lfloor", "rfloor": "rfloor", "lceil": "lceil", "rceil": "rceil",
}

// numberSets are the letters of \mathbb.
var numberSets = map[string]string{"R": "ℝ", "Z": "ℤ", "N": "ℕ", "Q": "ℚ", "C": "ℂ"}

// textCommands set words.
var textCommands = map[string]bool{
	"text": true, "textbf": true, "textit": true, "textrm": true, "textnormal": true, "mathrm": true, "mathbf": true, "mathit": true, "mbox": true, "operatorname": true,
}
