"""Makes everything that training reads, from a seed: the tokenizer and the tokens.

    corpus.py problems --out ../problems                     the bundled problems, tune.jsonl and holdout.jsonl
    corpus.py tokens   --out DIR                             tokenizer.json and corpus.npz
    corpus.py tokens   --out DIR2 --stage 2 --seed 2 --tokenizer DIR/tokenizer.json
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import roles

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
VOCABULARY = 640
BUNDLED = {"tune": 200, "holdout": 200}
# What each half is drawn from. A draw of holdout that was looked at while choices were made is spent: it gets
# another seed here, once the choices stand.
DRAWS = {"tune": "bundled tune", "holdout": "bundled holdout, second draw"}
PROBLEMS = Path(__file__).parent.parent / "problems"


def bundled(part):
    """The bundled problems of one half: 2 to 4 steps in turn, each text once."""
    rng = random.Random(DRAWS[part])
    seen, problems = set(), []
    while len(problems) < BUNDLED[part]:
        p = roles.problem_for(rng, part, steps={2 + len(problems) % 3: 1})
        if p.text not in seen:
            seen.add(p.text)
            problems.append(p)
    return problems


def write_problems(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for part in BUNDLED:
        with open(folder / f"{part}.jsonl", "w", encoding="utf-8", newline="\n") as file:
            for i, p in enumerate(bundled(part)):
                line = {
                    "id": f"{part}-{i + 1:03d}", "prompt": p.text, "answer": str(p.answer), "verifier": "number",
                    "meta": {"expression": p.expression, "steps": p.difficulty, "split": part},
                }
                file.write(json.dumps(line) + "\n")


def write_split_examples(path):
    """What the rule of the split says of some problems, for the Go test that knows the rule, too."""
    rng = random.Random("split")
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for part in ("train", "tune", "holdout"):
            for _ in range(20):
                p = roles.problem_for(rng, part)
                file.write(json.dumps({"text": p.text, "part": part}) + "\n")


def train_tokenizer(texts):
    """Byte-level BPE, digits apart: what llama.cpp calls the pre-tokenizer "smollm"."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def text_of(example):
    return "".join(text for text, _ in example)


def check_disjoint(texts):
    """Fails if a bundled problem stands anywhere in these texts."""
    joined = "\n".join(texts)
    for part in BUNDLED:
        for p in bundled(part):
            if p.text in joined:
                raise SystemExit(f"a bundled problem ({part}) is in the training corpus: {p.text}")


def write_tokens(folder, count, seed, stage, known):
    folder.mkdir(parents=True, exist_ok=True)
    if known:
        tokenizer = Tokenizer.from_file(str(known))
    else:
        tokenizer = train_tokenizer(
            [text for _, e in roles.examples(seed, 30_000, stage) for text, _ in e if text not in SPECIAL])
    tokenizer.save(str(folder / "tokenizer.json"))

    tokens, weights, lengths, chunk = [], [], [], []

    def flush():
        check_disjoint([text_of(e) for e in chunk])
        # Pieces are encoded apart, as they are when a prompt ends where the model begins.
        encoded = iter(tokenizer.encode_batch([text for e in chunk for text, _ in e]))
        for e in chunk:
            ids, ws = [], []
            for _, weight in e:
                piece = next(encoded).ids
                ids += piece
                ws += [weight] * len(piece)
            tokens.append(np.array(ids, np.uint16))
            weights.append(np.array(ws, np.float16))
            lengths.append(len(ids))
        chunk.clear()

    for _, e in roles.examples(seed, count, stage):
        chunk.append(e)
        if len(chunk) == 20_000:
            flush()
    flush()
    np.savez(folder / "corpus.npz", tokens=np.concatenate(tokens), weights=np.concatenate(weights),
             lengths=np.array(lengths, np.int32))
    print(f"{count} examples, {sum(lengths)} tokens, mean {np.mean(lengths):.0f}, longest {max(lengths)}, "
          f"weighing {sum(w.astype(np.float64).sum() for w in weights):.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    p = commands.add_parser("problems")
    p.add_argument("--out", type=Path, default=PROBLEMS)
    p = commands.add_parser("tokens")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--count", type=int, default=300_000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--stage", type=int, default=1, choices=roles.STAGES)
    p.add_argument("--tokenizer", type=Path, help="default: train one")
    args = parser.parse_args()
    if args.command == "problems":
        write_problems(args.out)
        write_split_examples(Path(__file__).parent / "split.jsonl")
    else:
        write_tokens(args.out, args.count, args.seed, args.stage, args.tokenizer)
