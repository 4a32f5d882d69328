// Package postcomp makes training signal out of what a model can say after its answer.
//
// In mode assess the model answers; after a marker it evaluates the answer and states how likely it
// is right; it is scored for both (Post-Completion Learning, arXiv:2507.20252; RLCR,
// arXiv:2507.16806). Use stops at the marker, so that none of this costs anything there. In mode
// correct the model answers, is asked in a way that does not say whether it was right, and answers
// again (SCoRe, arXiv:2409.12917); and it judges its own answer, and answers again only if it calls
// it wrong (PAG, arXiv:2506.10406).
//
// What is true is computed by rule, never by the model, and first attempts are the model's own, drawn
// now: recorded mistakes of somebody else's do not teach a model to mend its own. The scoring itself
// is in package score, as pure functions.
package postcomp
