#!/usr/bin/env python3
"""Compares the embedded engine with llama.cpp: 20 prompts, 32 greedy tokens each.

    python -m venv VENV && VENV/bin/pip install -r evals/interop/requirements-llamacpp.txt
    VENV/bin/python evals/interop/compare_llamacpp.py MODEL.gguf [--exact]

Run from the repository's root. The engine's half is a Go test, which writes the tokens of the
rendered prompts, those that it samples, and their log-probabilities. llama.cpp then goes through
the same tokens: at each place it must find the same token likeliest, and nearly as likely.

With --exact (for F32 files), every token has to be equal and every log-probability within 0.01.
Without (llama.cpp rounds activations to 8 bits for quantised files), the first 8 tokens have to be
equal for 18 of 20 prompts, and log-probabilities within 0.2.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
from llama_cpp import Llama

PROMPTS = [
    "What is the capital of France?",
    "Tom has 3 apples. He buys 4 more, then gives away 2. How many apples does he have?",
    "Write a short story about a fox.",
    "Explain photosynthesis in one sentence.",
    "List five colours.",
    "def fibonacci(n):",
    "Translate 'good morning' into Spanish.",
    "What is 17 times 3?",
    "Anna reads 12 pages a day for 7 days. How many pages does she read?",
    "Why is the sky blue?",
    "Give me a recipe for pancakes.",
    "Who wrote Hamlet?",
    "Count from 1 to 20.",
    "Sam has 20 marbles and loses 5. He then finds 8. How many marbles has he now?",
    "What are the three states of matter?",
    "Write a haiku about winter.",
    "Name the planets of the solar system.",
    "naïve café – 世界 🙂",
    "How do I sort a list in Python?",
    "A box holds 6 eggs. How many eggs are in 9 boxes?",
]


def ours(model: str) -> list[dict]:
    with tempfile.TemporaryDirectory() as folder:
        prompts, out = Path(folder, "prompts.jsonl"), Path(folder, "out.jsonl")
        prompts.write_text("".join(json.dumps(p) + "\n" for p in PROMPTS))
        subprocess.run(
            ["go", "test", "-count=1", "-tags", "compare", "-run", "^TestWriteGreedyTokensForComparison$", "./backends/embedded"],
            check=True, stdout=sys.stderr,
            env=os.environ | {
                "FEEDBACKGEN_COMPARE_MODEL": str(Path(model).resolve()),
                "FEEDBACKGEN_COMPARE_PROMPTS": str(prompts), "FEEDBACKGEN_COMPARE_OUT": str(out),
            },
        )
        return [json.loads(line) for line in out.read_text().splitlines()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--exact", action="store_true")
    args = parser.parse_args()

    theirs = Llama(args.model, n_ctx=512, n_threads=1, n_threads_batch=1, logits_all=True, verbose=False)
    same8, same32, widest, off, misrendered = 0, 0, 0.0, 0, 0
    for prompt, line in zip(PROMPTS, ours(args.model), strict=True):
        theirs.reset()
        tokens = line["prompt"] + line["tokens"]
        text = theirs.detokenize(line["prompt"], special=True)
        if theirs.tokenize(text, add_bos=False, special=True) != line["prompt"]:
            misrendered += 1
            print("tokenised otherwise:", repr(text))
        # One at a time, as it would generate: their batches round otherwise.
        theirs.eval(line["prompt"])
        equal = 0
        for i, token in enumerate(line["tokens"]):
            logits = np.array(theirs.scores[theirs.n_tokens - 1], dtype=np.float64)
            logprobs = logits - logits.max()
            logprobs -= np.log(np.exp(logprobs).sum())
            gap = abs(logprobs[token] - line["logprobs"][i])
            widest, off = max(widest, gap), off + (gap > (0.01 if args.exact else 0.2))
            if equal == i and int(logits.argmax()) == token:
                equal += 1
            theirs.eval([token])
        same8 += equal >= min(8, len(line["tokens"]))
        same32 += equal == len(line["tokens"])
        if equal < len(line["tokens"]):
            print(f"token {equal} of {len(line['tokens'])} differs: {prompt!r}")
    print(f"{len(PROMPTS)} prompts: first 8 tokens equal on {same8}, all on {same32}; "
          f"log-probabilities differ by at most {widest:.4f}, {off} by more than allowed; {misrendered} tokenised otherwise")
    good = misrendered == 0 and off == 0 and (same32 == len(PROMPTS) if args.exact else same8 >= 18)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
