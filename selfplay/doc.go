// Package selfplay lets a model write problems for itself, and keeps those that it solves sometimes.
//
// A problem that goes in is the beginning of a chain: in mode open it is only a name, in mode seeded an
// example that is shown to the challenger, in mode grounded a document. A chain takes rounds. In a
// round the challenger writes problems of each difficulty or about each part of the document. A problem
// that is well posed is solved, 4 solutions at a time up to 24, until the gate of guard/difficulty knows
// whether the pass rate lies in the band. What is in the band leaves records for training: preferences,
// groups, examples to imitate, verdicts, prompts. What is not is deferred, with what is known of it, and not
// deleted. What the default gate does is exact (here for samples one at a time; reports hold the table for
// the run's gate, in batches):
//
//	true pass rate   .01   .02   .05    .1 or .9   .15   .2 or .8   .3 or .7   .5
//	admitted         0     0     .0002  .007       .049  .153       .496       .845
//	mean samples     4.2   4.4   5.3    7.4        9.8   12.0       13.9       12.5
//
// # Whose word counts
//
// Outside of documents, each problem comes with the expression that solves it; the right answer is computed
// from that by [Evaluate], never taken from the model. About a document, the challenger gives a reference
// answer, rubrics, and the span that proves it, which has to stand in the document word for word. A judge
// grades solutions rubric by rubric, and is itself measured on known answers in every round; one that may
// not be relied on ends the chain. What nobody ever solves, not even with the document, counts as invalid.
//
// Three rates stay apart: a problem is valid or not, a solution can be read or not (parsed), and of those
// with a verdict, a share p is right. The challenger earns [Score]:
//
//	valid * parsed * (1 - 2|p - 1/2| + overconfidence) * gate - similarity - (1 - parsed)
//
// where gate is 1 if the problem is shown to lie in the band, else 0, similarity is that to the memory, and
// overconfidence how sure the solver says it is where it is wrong, if it says so. R-Zero's reward
// (arXiv:2508.05004; its code takes min(s, 1-s) of the share s of all samples that agree with the majority)
// pays a challenger whose problems leave half of the samples unreadable; this one pays nothing for that.
// That there is a gate at all counts for more than the reward (arXiv:2605.22217).
//
// # What is learnt in words
//
// In mode grounded, after each good round, a proposer looks at the failures that are nearest to the
// boundary and edits the skills in the prompts of either side (package skill). Every other task is held
// out: it writes no skill, no skill may tell it, and new skills that help where they were written and
// not there are taken back. In the end a replay on held-out tasks chooses among all versions of each side
// (package replay), "none" among them, and what earns nothing is pruned. Ctx2Skill's loop
// (arXiv:2604.27660) is where this comes from; what went wrong there, errors that become failures, the hardest
// probe that is the most broken one, skills that only grow, is what is different here.
//
// The memory holds the well-posed problems of earlier rounds, and those of earlier runs that it is given. It
// does not change within a round, so that nothing depends on which reply came first.
//
// After each round its health is looked at (see [Health]). An alarm undoes the round and ends the chain: the
// records of the rounds before it stand. Nothing at all to look at, because the server refuses whatever the
// challenger asks, is an alarm, too.
//
// A round that is undone proposes no skills, and its tasks become no probes: what rests on its outcomes is
// never a candidate. The skills in its prompts come from good rounds before it and stay candidates, unless
// the judge failed, after which none are chosen. An alarm has no single culprit, its limits are coarse, and
// the replay asks more of a version than they do: that it gains on held-out tasks of good rounds, or
// writes more new ones in the band, without more answers that cannot be read.
package selfplay
