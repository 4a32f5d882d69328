"""Checks measure/diversity against nltk's BLEU, vendi-score, numpy and scipy on random groups of
texts: ties, repeated texts, empty texts, texts of one to three tokens, single texts, empty classes.

    python3 -m venv VENV && VENV/bin/pip install -r evals/peers/diversity/requirements.txt
    VENV/bin/python evals/peers/diversity/compare.py [GROUPS]

Run it from the repository's root. It exits with 1 if a number differs by more than 1e-9, or if one
side says that something is undefined and the other does not.

One definition differs from vendi-score's ngram_vendi_score, which gives a text shorter than n tokens
a kernel of 0 with itself: here such a text is its own, only n-gram of that order, so that k(x,x) = 1.
"""

import json
import random
import subprocess
import sys
from collections import Counter

import numpy as np
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from scipy.stats import entropy
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize
from vendi_score import vendi

TOLERANCE = 1e-9
ORDERS = (1, 2, 3, 4)


def random_group(rng):
    """A group in JSON: few words and copies with small edits, so that much is shared."""
    vocabulary = [f"w{i}" for i in range(rng.choice([1, 2, 5, 30, 200]))]
    longest = rng.choice([3, 8, 40, 120])
    texts = []
    for _ in range(rng.choice([1, 2, 3, 8, 20])):
        if texts and rng.random() < 0.4:
            text = list(rng.choice(texts))
            if text and rng.random() < 0.6:
                text[rng.randrange(len(text))] = rng.choice(vocabulary)
        else:
            text = [rng.choice(vocabulary) for _ in range(rng.randint(0, longest))]
        texts.append(text)
    d = rng.choice([1, 2, 5, 16])
    vectors = [[rng.gauss(0, 1) for _ in range(d)] for _ in range(rng.randint(1, 20))]
    if rng.random() < 0.3:
        vectors += vectors[: len(vectors) // 2]
    counts = [rng.choice([0, 0, 1, 1, 2, 50]) for _ in range(rng.randint(0, 6))]
    return {"texts": texts, "vectors": vectors, "counts": counts}


def grams(text, n):
    return list(zip(*(text[i:] for i in range(n))))


def distinct(texts, n):
    every = [g for text in texts for g in grams(text, n)]
    return len(set(every)) / len(every) if every else None


def self_bleu(texts):
    if len(texts) < 2:
        return None
    smooth = SmoothingFunction().method1
    scores = [
        sentence_bleu(texts[:i] + texts[i + 1 :], text, smoothing_function=smooth)
        for i, text in enumerate(texts)
    ]
    return float(np.mean(scores))


def vendi_of_texts(texts):
    kernels = []
    for n in ORDERS:
        # vectors of counts as vendi-score makes them, but for texts without an n-gram
        vectorizer = CountVectorizer(analyzer=lambda t, n=n: grams(t, n) or [("whole", *t)])
        x = normalize(vectorizer.fit_transform(texts).astype(float))
        kernels.append((x @ x.T).toarray())
    return float(vendi.score_K(np.mean(kernels, axis=0)))


def classes(counts):
    n = sum(counts)
    if n == 0:
        return {"items": 0, "distinct": 0, "entropy": None, "normalised_entropy": None,
                "effective_classes": None, "top_share": None}
    h = float(entropy(counts))
    return {"items": n, "distinct": sum(c > 0 for c in counts), "entropy": h,
            "normalised_entropy": h / np.log(len(counts)) if len(counts) > 1 else None,
            "effective_classes": float(np.exp(h)), "top_share": max(counts) / n}


def expected(group):
    texts = group["texts"]
    shares = [distinct(texts, n) for n in ORDERS]
    of_vectors = float(vendi.score_X(np.array(group["vectors"])))
    values = {
        "ngrams": None if None in shares else sum(shares),
        "self_bleu": self_bleu(texts),
        "vendi_texts": vendi_of_texts(texts),
        "vendi_vectors": of_vectors,
        "vendi": of_vectors,
    }
    values |= {f"distinct_{n}": share for n, share in zip(ORDERS, shares)}
    return values | classes(group["counts"])


def flat(got):
    values = {k: v for k, v in got.items() if k not in ("distinct", "classes")}
    values |= {f"distinct_{n}": share for n, share in zip(ORDERS, got["distinct"])}
    return values | got["classes"]


def main():
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rng = random.Random(20261124)
    groups = [random_group(rng) for _ in range(number)]
    lines = "\n".join(json.dumps(g) for g in groups)
    run = subprocess.run(["go", "run", "./evals/peers/diversity"], input=lines, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    if len(answers) != number:
        sys.exit(f"{len(answers)} answers to {number} groups")
    largest, undefined, misses = Counter(), Counter(), 0
    for i, (group, answer) in enumerate(zip(groups, answers)):
        got, want = flat(answer), expected(group)
        if got.keys() != want.keys():
            sys.exit(f"different measures: {got.keys() ^ want.keys()}")
        for name, value in want.items():
            if value is None or got[name] is None:
                undefined[name] += 1
                miss = value is not got[name]
            else:
                off = abs(value - got[name])
                largest[name] = max(largest[name], off)
                miss = not off <= TOLERANCE
            if miss:
                misses += 1
                print(f"group {i}: {name} is {got[name]}, expected {value}", file=sys.stderr)
    print(f"{number} groups, {misses} misses; largest difference by measure, and how often it is undefined:")
    for name in sorted(largest):
        print(f"  {name:20} {largest[name]:.1e} {undefined[name]:5}")
    sys.exit(1 if misses else 0)


if __name__ == "__main__":
    main()
