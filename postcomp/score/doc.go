// Package score says what a completion that assesses itself earns.
//
// In goes the text of a completion (an answer, a marker on a line of its own, words of evaluation,
// stated rewards and a confidence) and what a rule found out about the answer. Out come the parts of
// the text with their byte spans, the confidence, and rewards that pay for being right and for
// knowing it. Beside it stand the credit of a two-turn correction, advantages within a group, and
// summaries over many completions with alarms for collapse.
//
// Everything is a pure function of its arguments: no I/O, no globals, no model. Completions are
// hostile text: they are never evaluated, every number in them is bounded in length, and time and
// memory are linear in the text.
//
// The ideas are Post-Completion Learning (arXiv:2507.20252), RLCR (arXiv:2507.16806), SCoRe
// (arXiv:2409.12917) and PAG (arXiv:2506.10406).
package score
