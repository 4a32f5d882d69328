"""Trains Abacus on what corpus.py wrote. One pass over the corpus, fixed seed; goes on from its last checkpoint.

    train.py --data DIR --out DIR [--limit TOKENS] [--begin CHECKPOINT --rate 0.5 --decay 1]
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from model import Model, Shape, load, save

BATCH = 4096  # tokens a step, padding included
MUON_RATE, ADAM_RATE = 0.01, 0.004
WARMUP = 100  # steps
SAVE_EVERY = 200  # steps


class Corpus:
    def __init__(self, path, seed, limit):
        data = np.load(path)
        self.tokens, self.weights = data["tokens"], data["weights"]
        lengths = data["lengths"]
        self.ends = np.cumsum(lengths, dtype=np.int64)
        if limit:
            lengths = lengths[: int(np.searchsorted(self.ends, limit))]
        self.lengths = lengths
        self.batches = self.plan(np.random.default_rng(seed))

    def plan(self, rng):
        """Batches of examples of nearly one length, so that little is padding."""
        batches = []
        for start in range(0, len(self.lengths), 8192):
            ids = np.arange(start, min(start + 8192, len(self.lengths)))
            ids = ids[np.argsort(self.lengths[ids], kind="stable")]
            chunk, at = [], 0
            while at < len(ids):
                n = 1
                while at + n < len(ids) and (n + 1) * self.lengths[ids[at + n]] <= BATCH:
                    n += 1
                chunk.append(ids[at : at + n])
                at += n
            batches += [chunk[i] for i in rng.permutation(len(chunk))]
        return batches

    def batch(self, step):
        ids = self.batches[step]
        width = int(self.lengths[ids].max())
        tokens = np.zeros((len(ids), width), np.int64)
        weights = np.zeros((len(ids), width), np.float32)
        for row, i in enumerate(ids):
            n = self.lengths[i]
            where = slice(self.ends[i] - n, self.ends[i])
            tokens[row, :n], weights[row, :n] = self.tokens[where], self.weights[where]
        return torch.from_numpy(tokens), torch.from_numpy(weights)


def optimizers(model):
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.ndim != 2 or "embed" in n]
    return [
        torch.optim.Muon(matrices, lr=MUON_RATE, weight_decay=0.01, adjust_lr_fn="original"),
        torch.optim.AdamW(others, lr=ADAM_RATE, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def loss_of(model, hidden, tokens, weights):
    wanted, weights = tokens[:, 1:], weights[:, 1:]
    counts = weights > 0
    logits = model.logits(hidden[counts])
    losses = F.cross_entropy(logits, wanted[counts], reduction="none")
    w = weights[counts]
    return (losses * w).sum() / w.sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that corpus.py tokens wrote")
    parser.add_argument("--out", type=Path, required=True, help="where checkpoint.pt goes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, default=0, help="train on that many tokens; default all")
    parser.add_argument("--begin", type=Path, help="a checkpoint whose weights to begin with; default random ones")
    parser.add_argument("--rate", type=float, default=1.0, help="what to multiply the learning rates by")
    parser.add_argument("--decay", type=float, default=0.35,
                        help="the share of the steps, at the end, in which the rates fall in a straight line to zero")
    parser.add_argument("--compile", action="store_true", help="a quarter faster, with a C++ compiler")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    corpus = Corpus(args.data / "corpus.npz", args.seed, args.limit)
    vocabulary = int(corpus.tokens.max()) // 32 * 32 + 32
    model = Model(Shape(vocab_size=vocabulary))
    path = args.out / "checkpoint.pt"
    args.out.mkdir(parents=True, exist_ok=True)
    start, spent, saved = 0, 0.0, None
    if args.begin:
        model, before = load(args.begin)
        spent = before["seconds"]
    if path.exists():
        model, saved = load(path)
        start, spent = saved["step"], saved["seconds"]
    opts = optimizers(model)
    if saved:
        for opt, state in zip(opts, saved["optimizers"]):
            opt.load_state_dict(state)
    model.train()
    run = torch.compile(model, dynamic=True) if args.compile else model
    total = len(corpus.batches)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {total} steps, {corpus.lengths.sum()} tokens", flush=True)

    def keep(path, step):
        part = path.with_suffix(".part")
        save(part, model, step=step, seconds=spent + time.monotonic() - began, optimizers=[o.state_dict() for o in opts])
        part.replace(path)

    # Until the decay begins, a longer training does the very same: steady.pt goes on to any length.
    steady = int(total * (1 - args.decay))
    began, seen, running = time.monotonic(), 0, None
    for step in range(start, total):
        if step == steady and step > 0:
            keep(args.out / "steady.pt", step)
        rate = min(1.0, (step + 1) / WARMUP, (total - step) / (total - steady))
        for opt, base in zip(opts, (MUON_RATE, ADAM_RATE)):
            opt.param_groups[0]["lr"] = base * rate * args.rate
        tokens, weights = corpus.batch(step)
        loss = loss_of(model, run(tokens[:, :-1]), tokens, weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for opt in opts:
            opt.step()
            opt.zero_grad(set_to_none=True)
        seen += tokens.numel()
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if (step + 1) % 50 == 0 or step + 1 == total:
            seconds = time.monotonic() - began
            print(f"step {step + 1}/{total} loss {running:.4f} {seen / seconds:.0f} tokens/s {spent + seconds:.0f} s", flush=True)
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == total:
            keep(path, step + 1)


if __name__ == "__main__":
    main()
