// Package judge asks a model whether an answer meets a task's requirements, and measures how far the
// model's word can be trusted.
//
// A [Task] has rubrics: atomic requirements. [Model] asks for a yes or no to each, several times, with
// the rubrics in another order each time; whether the answer passes is computed here as the
// conjunction of the rubrics' majorities, never taken from the model. [Rule] judges tasks whose truth
// is known by rule, without a call. Both are a [Judge].
//
// The five outcomes are kept apart: a call that is refused is an error, a reply that cannot be read
// is invalid, a vote without a clear majority abstains, and none of them ever counts as a fail.
//
// [Examine] has a judge grade [Anchor] values, answers whose truth is known, planted bad ones among
// them, and returns an [Instrument]: kappa, rates, Brier score, and whether the judge is usable at all.
package judge
