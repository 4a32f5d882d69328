// Package critic scores the partial solutions of a search, so that it looks first where a solution
// seems to go well.
//
// There are three critics, each optional: [Value] asks the model about a partial solution, [Process]
// about its last step, [Outcome] judges a whole solution that goes through it. They are self-evaluation:
// the model that solves is the one that is asked (AlphaLLM, arXiv:2404.12253, has trained ones for the
// first two). A critic that cannot tell abstains and says why: a call that was refused, a verdict that
// cannot be read, or one without the log-probabilities that it goes by. It never scores 0 instead.
//
// What a score does: a search counts the weighted mean of the critics that spoke like one more rollout
// of the partial solution when it chooses where to look. It breaks ties, and weighs less with every
// rollout that is drawn. It is never a label, and is in no value, posterior or pair that is exported:
// models over-rate their own steps (AlphaLLM's own process critic has a calibration error of .375).
// [Calibration] tells what this run's critics are worth.
package critic
