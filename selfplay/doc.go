// Package selfplay lets a model write problems for itself, and keeps those that it solves sometimes.
//
// A problem that goes in is the beginning of a chain: in mode open it is only a name, in mode seeded
// it is an example that is shown to the challenger. A chain takes rounds. In a round the challenger,
// which is the model, writes problems of each difficulty, each with the expression that solves it; the
// right answer is computed from that by [Evaluate], never taken from the model. A problem that is well
// posed is solved, 4 solutions at a time up to 24, until the gate of guard/difficulty knows whether the
// pass rate lies in the band. What is in the band leaves records for training: preferences, groups and
// examples to imitate. What is not is kept with its state, and not deleted.
//
// Three rates stay apart: a problem is valid or not, a solution can be read or not (parsed), and of
// those that can, a share p is right. The challenger earns [Score]:
//
//	valid * parsed * (1 - 2|p - 1/2|) * gate - similarity - (1 - parsed)
//
// where gate is 1 if the problem is shown to lie in the band, else 0, and similarity is that to the
// memory. R-Zero's reward (arXiv:2508.05004; its code takes min(s, 1-s) of the share s of all samples
// that agree with the majority) pays a challenger whose problems leave half of the samples unreadable;
// this one pays nothing for that. That there is a gate at all counts for more than the reward
// (arXiv:2605.22217).
//
// The memory holds the well-posed problems of earlier rounds, and those of earlier runs that it is
// given. It does not change within a round, so that nothing depends on which reply came first.
//
// After each round its health is looked at (see [Health]). An alarm undoes the round and ends the
// chain: the records of the rounds before it stand.
package selfplay
