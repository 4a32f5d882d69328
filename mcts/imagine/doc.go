// Package imagine makes new problems from given ones, by the policy itself, and searches them as the
// given ones are searched.
//
// A problem's run makes the problem's own children, so that nothing depends on any other problem's
// replies: drafts are asked for in four ways (rephrase, change the numbers, invert, combine with
// another given problem), read strictly, and dropped if they are nearly the same as a given problem or
// an earlier sibling. Children of different problems are compared by the duplicate guard, over the
// finished run.
//
// A draft is well posed if independent solutions agree on an answer; that answer then stands for the
// right one. It may be wrong: a mistake that the policy makes more often than not is agreed on. So all
// records of an imagined problem name the agreement, its size, and the parents. Whether the problem
// trains anyone is decided by the search's difficulty gate, on solutions drawn afresh: those that agreed
// would look better than they are.
//
// The idea is AlphaLLM's imagination component (arXiv:2404.12253); the ways to rewrite are those of
// MetaMath (arXiv:2309.12284), without its known answers: no answer is in any prompt.
package imagine
