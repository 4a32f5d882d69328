// Package embedded runs language models inside the process: pure Go, no server, no cgo.
//
// [Open] reads a GGUF file of the Llama architecture; [Default] opens Abacus, the small model that
// ships inside the binary. Both return a [Backend], which generates, scores, continues natively,
// and keeps prefixes.
//
// # How a request becomes tokens
//
// The file's own chat template renders the messages, and the prefix, if any, is appended where the
// assistant's answer begins. The scheduler, one goroutine, gathers at each step the next tokens of
// all requests in its slots into one batch and runs the layers over it; rows of the weights are
// shared out among a few workers. What was computed for a prefix is kept in a tree, so that no
// request computes a prefix again that another one had.
//
// # What is the same
//
// Every number that decides a token is added up in an order that depends on the sequence alone:
// who shares a batch, how a prompt is cut into chunks, how many threads there are, and what the
// cache holds never change a token, nor one bit of a log-probability. Another kind of processor may.
//
// Quantised weights are multiplied as they are, with activations in float32, and keys and values are
// kept in float32. llama.cpp rounds both, to 8 and to 16 bits, so that log-probabilities of a
// quantised file differ from its by some hundredths, about as much as its own with other cache types.
//
// # Sampling
//
// A token is drawn in llama.cpp's order: the TopK likeliest, of these the smallest set with
// probability TopP, of these those with at least MinP of the likeliest one's probability, and only
// then the temperature. Draw i of a request uses a PCG generator of seed Sampling.Seed+i and one
// number of it for each token. Log-probabilities, of sampled and of given tokens, are those of the
// whole vocabulary at temperature 1, before any of this. A token that ends the answer counts as
// sampled and has its log-probability, with an empty text.
package embedded
