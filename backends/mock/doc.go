// Package mock is a test double: a toy model, and a server that misbehaves on purpose. It lives in
// the repository because every package's tests and the benchmarks use it; nothing that ships does.
//
// [Model] is a [backends.Backend] that solves the small worded sums of [Problems] step by step and
// gets some wrong, as a small language model does. Its reply depends on the request alone.
// [Handler] puts any backend behind an OpenAI-compatible HTTP interface with [Faults] to order;
// [Canned] answers at once, for benchmarks.
package mock
