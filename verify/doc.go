// Package verify says whether an answer is right: by rule, never by a model, and without ever
// evaluating what a model wrote.
//
// A [Verifier] finds the answer in a completion, brings it into a normal form, and compares that
// with the known answer. What comes out is a [Verdict]:
//
//	pass     the answer means what the known one means
//	fail     there is an answer, and it means something else
//	invalid  there is nothing to judge; the reason is one of the Reason constants
//
// It abstains only where a check of the user's says so (judges with opinions are elsewhere), and
// never fails with an error.
//
// [New] makes the rules number, math, choice, exact and regex:PATTERN; a [Loader] those that are
// made from a file: jsonschema:FILE, starlark:FILE and program:FILE.wasm. Their checks are the user's own and
// run in a sandbox, with bounds on steps or time: one that never ends is invalid.
//
// # Where the answer is looked for
//
// In order of trust; the first form that a completion contains decides, and of several of one form
// the last:
//
//  1. \boxed{X}, braces balanced, not empty
//  2. #### X to the end of the line. It has to be the last line with text, or X a bare answer:
//     anything else is a Markdown heading.
//  3. <answer>X</answer>, not empty; the closing tag may be missing at the end (a stop string)
//  4. "answer is X", "answer: X", "final answer" above a line X, and the like, in any case of
//     letters, to the end of the sentence or line
//  5. nothing marked: the last number (number), a last line that is only a letter (choice),
//     a completion that is one line (exact), a last line that is or holds a formula, else the last
//     number (math)
//
// Text up to </think> is reasoning and holds no answer. A weaker form is not consulted because a
// stronger one could not be read: \boxed{blue} is no number, whatever other numbers there are. One
// exception: where "the answer is simple" holds no answer at all, what comes after it may.
//
// # What cannot be had by trickery
//
// Model text is hostile input. A place for one answer that holds several ("1 or 2", "3, 4, 5",
// \boxed{1} or \boxed{2}) is hedging, hence invalid, and so are "not 5", "5x", "2+3" and "5 - 6".
// For math, "1 or 2" may be the solutions of an equation: it is a set, which equals neither, and
// "2+3" is computed.
// A truncated completion is invalid whatever it says. Declining ("unknown", "cannot be determined",
// "I don't know") is invalid, not wrong, and never gathers votes; only a known answer that is made
// of the same words passes it.
// Work is linear in the text: at most its last 1 MiB is looked at, and an answer longer than
// 1 KiB is none.
package verify
