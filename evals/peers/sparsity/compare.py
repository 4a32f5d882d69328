"""Compares measure/sparsity with numpy on checkpoints with planted updates; exits with 1 on a difference.

    python3 -m venv DIR && DIR/bin/pip install -r evals/peers/sparsity/requirements.txt
    DIR/bin/python evals/peers/sparsity/compare.py        from the repository's root; needs Go

Checkpoints are written by the safetensors library: F32, BF16, F16 and F64, in one file, in shards with an
index, and in shards without. Updates move 5 %, 30 % or all of the weights, by amounts that no rounding
hides ("plain") or that lie on both sides of the tolerance ("fine"). Counts have to be equal, shares within
1e-12, and ranks equal to numpy's matrix_rank of the float32 update.
"""

import itertools
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parents[3]
BF16 = np.dtype(ml_dtypes.bfloat16)
TYPES = {"float32": np.dtype("f4"), "bfloat16": BF16, "float16": np.dtype("f2"), "float64": np.dtype("f8")}
SHAPES = {
    "model.embed_tokens.weight": (300, 48),
    "model.norm.weight": (48,),
    "lm_head.weight": (300, 48),
    "model.extra": (),
    "model.none.weight": (0, 48),
    "model.conv.weight": (4, 3, 5),
}
for layer in (0, 1, 2, 10):
    for kind, shape in {"self_attn.q_proj.weight": (48, 48), "self_attn.q_proj.bias": (48,), "mlp.up_proj.weight": (700, 48),
                        "mlp.down_proj.weight": (48, 700), "mlp.experts.0.w.weight": (24, 48), "mlp.experts.1.w.weight": (24, 48),
                        "input_layernorm.weight": (48,)}.items():
        SHAPES[f"model.layers.{layer}.{kind}"] = shape
LOW_RANK = "self_attn.q_proj.weight"  # its updates have rank 3


def make_base(rng, dtype):
    tensors = {}
    for name, shape in SHAPES.items():
        values = rng.normal(0, 0.02, shape)
        if name.endswith(LOW_RANK):
            values = rng.integers(-8, 9, shape) / 64
        tensors[name] = np.asarray(values, np.float32).astype(dtype)
    tensors["model.position_ids"] = np.arange(64, dtype=np.int64).reshape(1, 64)
    return tensors


def update(rng, base, share, fine, dtype):
    """The updated tensors, and how many weights were moved on purpose."""
    tensors, moved = {}, 0
    for name, old in base.items():
        if old.dtype.kind == "i":
            tensors[name] = np.where(rng.random(old.shape) < share, old + 1, old)
            continue
        wide = old.astype(np.float64)
        mask = rng.random(old.shape) < share
        sign = np.where(rng.random(old.shape) < 0.5, -1, 1)
        size = np.exp(rng.uniform(np.log(1e-6), np.log(1e-2), old.shape)) if fine else 0.02 * np.abs(wide) + 1e-4
        if name.endswith(LOW_RANK):
            left = rng.integers(-1, 2, (old.shape[0], 3))
            right = rng.integers(-1, 2, (3, old.shape[1]))
            delta = left @ right / 64
            mask = delta != 0
            new = wide + delta
        else:
            new = np.where(mask, wide + sign * size, wide)
        moved += int(mask.sum())
        tensors[name] = np.asarray(new, np.float32).astype(dtype)
    return tensors, moved


def save(folder, tensors, layout):
    folder.mkdir()
    names = list(tensors)
    parts = [names] if layout == "single" else [names[0::3], names[1::3], names[2::3]]
    weight_map = {}
    for i, part in enumerate(parts):
        file = "model.safetensors" if layout == "single" else f"model-{i + 1:05}-of-00003.safetensors"
        weight_map |= dict.fromkeys(part, file)
        save_file({n: np.ascontiguousarray(tensors[n]) if tensors[n].shape else tensors[n] for n in part}, folder / file, {"format": "pt"})
    if layout == "indexed":
        (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": 0}, "weight_map": weight_map}))
    return folder


def delta_of(base, tuned):
    """The bfloat16 update: weights rounded to bfloat16, by way of float32, and their difference too."""
    return tuned.astype(np.float32).astype(BF16) - base.astype(np.float32).astype(BF16)


def changed(base, tuned):
    if base.dtype.kind == "i":
        return base != tuned
    return np.abs(delta_of(base, tuned)) > np.float32(1e-5).astype(BF16)


def share_of(names, masks):
    elements = sum(masks[n].size for n in names)
    unchanged = elements - sum(int(masks[n].sum()) for n in names)
    matrices = [1 - masks[n].mean() for n in names if masks[n].ndim == 2 and masks[n].size]
    return {"tensors": len(names), "elements": elements, "unchanged": unchanged,
            "share": unchanged / elements if elements else None,
            "matrices": len(matrices), "matrix_mean": float(np.mean(matrices)) if matrices else None}


def expected(base, tuned, limit):
    masks = {n: changed(base[n], tuned[n]) for n in base}
    floats = sorted(n for n in base if base[n].dtype.kind != "i")
    layer = lambda n: (re.match(r"(.*?\.\d+)\.", n) or ["", "outside layers"])[1]
    kind = lambda n: re.sub(r"\b\d+\.", "", re.sub(r"^.*?\.\d+\.", "", n))
    groups = lambda key: {g: share_of([n for n in floats if key(n) == g], masks) for g in {key(n) for n in floats}}
    ranks = {}
    for n in floats:
        if base[n].ndim == 2 and "norm" not in n and 0 < min(base[n].shape) <= limit:
            ranks[n] = int(np.linalg.matrix_rank(delta_of(base[n], tuned[n]).astype(np.float32)))
    return {"overall": share_of(floats, masks), "exact": share_of(sorted(set(base) - set(floats)), masks),
            "layers": groups(layer), "kinds": groups(kind), "tensors": {n: base[n].size - int(masks[n].sum()) for n in base},
            "ranks": ranks, "rank_mean": float(np.mean([r / min(base[n].shape) for n, r in ranks.items()]))}


def found(report):
    named = lambda groups: {g.pop("name"): g for g in groups}
    return {"overall": report["overall"], "exact": report["exact"], "layers": named(report["layers"]), "kinds": named(report["kinds"]),
            "tensors": {t["name"]: t["unchanged"] for t in report["tensors"]},
            "ranks": {t["name"]: t["rank"] for t in report["tensors"] if t["rank"] is not None}, "rank_mean": report["ranks"]["mean"]}


def overlap(base, a, b):
    names = [n for n in base if base[n].dtype.kind != "i"]
    in_a = np.concatenate([changed(base[n], a[n]).ravel() for n in names])
    in_b = np.concatenate([changed(base[n], b[n]).ravel() for n in names])
    both = int((in_a & in_b).sum())
    return {"elements": in_a.size, "changed_a": int(in_a.sum()), "changed_b": int(in_b.sum()), "both": both,
            "share_of_a": both / in_a.sum(), "chance_of_a": in_b.mean(), "share_of_b": both / in_b.sum(), "chance_of_b": in_a.mean()}


def differences(want, got, path=""):
    if isinstance(want, dict):
        for key in want.keys() | got.keys():
            if key not in want or key not in got:
                yield f"{path}/{key}: only one side has it"
            else:
                yield from differences(want[key], got[key], f"{path}/{key}")
    elif isinstance(want, float) and got is not None:
        if abs(want - got) > 1e-12:
            yield f"{path}: {got}, numpy says {want}"
    elif want != got:
        yield f"{path}: {got}, numpy says {want}"


def main():
    rng = np.random.default_rng(20251)
    misses = cases = 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        program = scratch / "sparsity"
        subprocess.run(["go", "build", "-o", program, "./evals/peers/sparsity"], cwd=ROOT, check=True)

        def ask(*names, rank=0):
            flags = [x for flag, name in zip(("-base", "-tuned", "-other"), names) for x in (flag, name)]
            return json.loads(subprocess.run([program, *flags, "-rank", str(rank)], check=True, capture_output=True, text=True).stdout)

        types = [("float32", "float32"), ("bfloat16", "bfloat16"), ("float16", "float16"), ("float64", "float64"), ("float32", "bfloat16")]
        layouts = itertools.cycle(["single", "indexed", "shards"])
        for (before, after), share, fine in itertools.product(types, (0.05, 0.3, 1.0), (False, True)):
            cases += 1
            folder = scratch / str(cases)
            folder.mkdir()
            base = make_base(rng, TYPES[before])
            tuned, moved = update(rng, base, share, fine, TYPES[after])
            other, _ = update(rng, base, 0.3, fine, TYPES[after])
            layout = next(layouts)
            names = [save(folder / "base", base, layout), save(folder / "tuned", tuned, next(layouts)), save(folder / "other", other, layout)]
            got, want = found(ask(*names[:2], rank=300)), expected(base, tuned, 300)
            problems = list(differences(want, got))
            if not fine and before == after:
                planted = got["overall"]["elements"] - moved
                problems += differences(planted, got["overall"]["unchanged"], "planted")
            both = ask(*names)
            both.pop("tolerance")
            problems += differences(overlap(base, tuned, other), both, "overlap")
            misses += bool(problems)
            print(f"{before:8} to {after:8} {share:4.0%} {'fine ' if fine else 'plain'} unchanged {got['overall']['share']:.4f}"
                  f" rank {got['rank_mean']:.4f} overlap {both['share_of_a']:.4f} (chance {both['chance_of_a']:.4f})"
                  f" {'DIFFERS' if problems else 'equal'}")
            for problem in problems[:5]:
                print("   ", problem)
    print(f"{cases - misses} of {cases} equal")
    sys.exit(misses > 0)


main()
