// Package evals reports how good a model is and what training signal is worth, over rows of JSON or
// the records of a run. It reads, groups by problem, and leaves the formulas to measure/.
//
// Each evaluation takes [Row] values, which [Lines] reads from a file and [Records] from a run's
// store, and returns a report: JSON by its tags, a table by its String, and a picture by its Figure.
// What is undefined is null in JSON and "-" in a table. Intervals are 95 % intervals that take
// problems for independent, not rows: see [Estimate].
//
// Reports say what their numbers do not: see Notes in each of them.
package evals
