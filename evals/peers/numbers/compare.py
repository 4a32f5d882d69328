"""Holds feedbackgen's measures against scikit-learn, torchmetrics, krippendorff, scipy and statsmodels.

    python3 -m venv /path/outside/the/repository && . /path/outside/the/repository/bin/activate
    pip install -r evals/peers/numbers/requirements.txt
    python evals/peers/numbers/compare.py

It makes 1,000 data sets (fixed seed) with ties, single classes, empty bins and missing values, runs the Go program
once over all of them, and prints the largest difference by measure. It exits 1 if any is above 1e-9, or if one side
calls a number undefined that the other has. Where a library's definition differs, the line says "numpy": ours is then
held against a direct version here, and against the library on the data sets where the definitions coincide:

- torchmetrics' bins: confidences of exactly 1 get a bin of their own, and edges are 32-bit numbers, so data sets with
  a confidence of 1 or within 1e-6 of an inner edge are left to numpy.
- scikit-learn's calibration_curve has no counts; equal-mass tables are compared with it row by row where its
  interpolated edges, which round, do not split hairs (a confidence within 1e-12 of an edge that is not equal to it).
- Platt scaling: scikit-learn stops its optimiser early (gradient 1e-6), so ours is held against Newton's method here;
  its loss must not be above scikit-learn's.
- torchmetrics computes AUROC and kappa in 32-bit numbers; they only have to agree as far as those go (1e-6, 1e-5).
- AURC: no library has it with ties; numpy averages the order of equal confidences exactly.
- The beta-binomial fit: scipy's likelihood of our parameters must equal ours, and no optimiser may find a better one.
"""

import json
import math
import subprocess
import sys
import warnings
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import krippendorff
import numpy as np
import torch
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import betabinom, binom
from sklearn.calibration import _SigmoidCalibration, calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, cohen_kappa_score, log_loss, roc_auc_score
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint
from torchmetrics.functional.classification import binary_auroc, binary_calibration_error, multiclass_cohen_kappa

ROOT = Path(__file__).resolve().parents[3]
DATA_SETS, TOLERANCE = 1000, 1e-9
warnings.filterwarnings("ignore")


def confidences(rng, n):
    """Confidences of many shapes: smooth, on a grid that hits bin edges, few values, constant, with 0 and 1."""
    shape = rng.integers(7)
    if shape == 0:
        return rng.random(n)
    if shape == 1:
        return rng.integers(0, 21, n) / 20
    if shape == 2:
        return rng.choice(rng.random(4), n)
    if shape == 3:
        return np.full(n, rng.random())
    if shape == 4:
        return rng.beta(8, 1, n)
    if shape == 5:
        return rng.choice([0.0, 1.0, 0.5, rng.random()], n)
    return np.round(rng.beta(0.5, 0.5, n), 2)


def make(rng):
    n = int(rng.integers(1, 200))
    q = confidences(rng, n)
    correct = rng.random(n) < (q if rng.random() < 0.7 else rng.random())
    if rng.random() < 0.1:
        correct[:] = rng.random() < 0.5  # a single class
    weight = np.ones(n) if rng.random() < 0.5 else rng.integers(1, 6, n) * rng.choice([1.0, 0.25])
    categories = int(rng.integers(2, 6))
    a = rng.integers(0, categories, n)
    b = np.where(rng.random(n) < rng.random(), a, rng.integers(0, categories, n))
    if rng.random() < 0.05:
        a[:], b[:] = 1, 1
    coders = int(rng.integers(2, 6))
    truth = rng.integers(0, categories, (1, n))
    ratings = np.where(rng.random((coders, n)) < rng.random(), truth, rng.integers(0, categories, (coders, n))).astype(float)
    ratings[rng.random((coders, n)) < rng.random() * 0.7] = np.nan
    if rng.random() < 0.05:
        ratings[~np.isnan(ratings)] = 1
    numbers = np.where(rng.random((coders, n)) < 0.5, rng.random((1, n)), confidences(rng, coders * n).reshape(coders, n))
    numbers[np.isnan(ratings)] = np.nan
    alpha, beta = rng.gamma(1, 2, 2) + 0.05
    draws = rng.integers(1, 1 + rng.integers(1, 40), n)
    rate = rng.beta(alpha, beta, n) if rng.random() < 0.8 else np.full(n, rng.random())
    return dict(
        bins=int(rng.choice([1, 5, 10, 15])), confidence=q, correct=correct, weight=weight,
        queries=np.concatenate([q[:20], rng.random(20)]), a=a, b=b, categories=categories, ratings=ratings, numbers=numbers,
        n=draws, c=rng.binomial(draws, rate), tuned=rng.binomial(draws, np.sqrt(rate)), ks=[1, 2, 5, 10, 50],
    )


def line(d):
    units = lambda table: [column[~np.isnan(column)].tolist() for column in table.T]
    problems = [dict(n=int(n), c=int(c), tuned=int(t)) for n, c, t in zip(d["n"], d["c"], d["tuned"])]
    keep = {k: (v.tolist() if isinstance(v, np.ndarray) else v) for k, v in d.items()}
    for name in ("ratings", "n", "c", "tuned"):
        del keep[name]
    keep.update(units=[[int(v) for v in u] for u in units(d["ratings"])], numbers=units(d["numbers"]), problems=problems)
    return json.dumps(keep)


class Table:
    """The largest difference by measure."""

    def __init__(self):
        self.worst, self.count, self.undefined, self.misses = defaultdict(float), defaultdict(int), defaultdict(int), []

    def check(self, name, ours, theirs, at):
        """Compares two numbers or lists of them; None and NaN are undefined, and must be so on both sides."""
        ours = np.atleast_1d(np.array(ours, dtype=float))
        theirs = np.atleast_1d(np.array(theirs, dtype=float))
        if ours.shape != theirs.shape or (np.isnan(ours) != np.isnan(theirs)).any():
            self.misses.append(f"data set {at}: {name}: {ours} against {theirs}")
            return
        self.count[name] += 1
        self.undefined[name] += int(np.isnan(ours).all())
        known = ~np.isnan(ours)
        difference = float(np.max(np.abs(ours - theirs)[known], initial=0))
        self.worst[name] = max(self.worst[name], difference)
        if difference > TOLERANCE:
            self.misses.append(f"data set {at}: {name}: {ours[known]} against {theirs[known]}")

    def at_most(self, name, ours, theirs, at):
        """Ours, which is minimised, must not be above theirs."""
        self.count[name] += 1
        self.worst[name] = max(self.worst[name], ours - theirs)
        if ours - theirs > TOLERANCE:
            self.misses.append(f"data set {at}: {name}: {ours} is above {theirs}")

    def show(self):
        print(f"{'measure':58} {'data sets':>9} {'undefined':>9} {'largest difference':>18}")
        for name in self.count:
            print(f"{name:58} {self.count[name]:9} {self.undefined[name]:9} {self.worst[name]:18.1e}")
        for miss in self.misses[:20]:
            print("MISS", miss)
        print(f"{len(self.misses)} misses" if self.misses else f"all within {TOLERANCE:g}")
        return 1 if self.misses else 0


def binned(q, y, index, bins):
    """Counts, mean confidences and accuracies of bins by index; NaN in empty ones."""
    n = np.bincount(index, minlength=bins)
    return n, np.bincount(index, q, bins) / n, np.bincount(index, y, bins) / n


def errors(n, conf, acc):
    gap, share = np.abs(conf - acc)[n > 0], n[n > 0] / n.sum()
    return (share * gap).sum(), math.sqrt((share * gap**2).sum()), gap.max()


def check_calibration(t, d, r, at):
    q, y, bins = d["confidence"], d["correct"].astype(int), d["bins"]
    c, one_class = r["calibration"], len(np.unique(d["correct"])) == 1
    t.check("Brier (scikit-learn)", c["brier"]["brier"], brier_score_loss(y, q, labels=[0, 1], pos_label=1), at)
    t.check("log loss, clipped at 1e-6 (scikit-learn)", c["log_loss"], log_loss(y, np.clip(q, 1e-6, 1 - 1e-6), labels=[0, 1]), at)
    t.check("AUROC (scikit-learn)", c["auroc"], math.nan if one_class else roc_auc_score(y, q), at)
    if not one_class:
        theirs = binary_auroc(torch.tensor(q), torch.tensor(y)).item()  # in 32 bits
        t.check("AUROC differs by more than 1e-6 (torchmetrics)", abs(c["auroc"] - theirs) > 1e-6, False, at)
    t.check("overconfidence (numpy)", c["overconfidence"], q.mean() - y.mean(), at)
    t.check("spread of confidence (numpy)", c["confidence_sd"], q.std(), at)

    edges = np.array([i / bins for i in range(bins + 1)])
    n, conf, acc = binned(q, y, np.searchsorted(edges[1:-1], q, side="right"), bins)
    ece, rmsce, mce = errors(n, conf, acc)
    t.check("reliability table (numpy)", [[b["n"], b["mean_confidence"], b["accuracy"]] for b in c["reliability"]], np.stack([n, conf, acc], 1), at)
    for name, ours, theirs, norm in (("ECE", c["ece"], ece, "l1"), ("RMSCE", c["rmsce"], rmsce, "l2"), ("MCE", c["mce"], mce, "max")):
        t.check(f"{name} (numpy)", ours, theirs, at)
        if q.max() < 1 and np.abs(q[:, None] - edges[None, 1:]).min() > 1e-6:
            theirs = binary_calibration_error(torch.tensor(q), torch.tensor(y), n_bins=bins, norm=norm).item()
            t.check(f"{name} (torchmetrics)", ours, theirs, at)

    ranks = [(i * (len(q) - 1)) // bins for i in range(1, bins)]  # exact quantiles: only the order statistic below matters
    index = np.searchsorted(np.sort(q)[ranks], q) if ranks else np.zeros(len(q), int)
    n, conf, acc = binned(q, y, index, bins)
    rows = [[b["n"], b["mean_confidence"], b["accuracy"]] for b in c["reliability_equal_mass"]]
    t.check("equal-mass table (numpy)", rows, np.stack([n, conf, acc], 1)[n > 0], at)
    t.check("equal-mass ECE (numpy)", c["ece_equal_mass"], errors(n, conf, acc)[0], at)
    near = np.abs(q[:, None] - np.percentile(q, np.linspace(0, 1, bins + 1) * 100)[None, :])
    if not ((near > 0) & (near < 1e-12)).any():
        acc, conf = calibration_curve(y, q, n_bins=bins, strategy="quantile") if not one_class else (None, None)
        if acc is not None:
            t.check("equal-mass table (scikit-learn)", [row[1:] for row in rows], np.stack([conf, acc], 1), at)

    values = np.unique(q)
    index = np.searchsorted(values, q) if len(values) <= bins else np.searchsorted(edges[1:-1], q, side="right")
    n, conf, acc = binned(q, y, index, max(len(values), bins))
    n, conf, acc = n[n > 0] / len(q), conf[n > 0], acc[n > 0]
    rel, res, unc = (n * (conf - acc) ** 2).sum(), (n * (acc - y.mean()) ** 2).sum(), y.mean() * (1 - y.mean())
    residual = np.mean((q - y) ** 2) - (rel - res + unc)
    b = c["brier"]
    t.check("Murphy's parts (numpy)", [b["reliability"], b["resolution"], b["uncertainty"], b["residual"]], [rel, res, unc, residual], at)

    _, group = np.unique(q, return_inverse=True)  # among equals, every order: each is wrong at the group's rate
    rate = (np.bincount(group, 1 - y) / np.bincount(group))[group][np.argsort(-q, kind="stable")]
    t.check("AURC (numpy)", c["aurc"], np.mean(np.cumsum(rate) / np.arange(1, len(q) + 1)), at)


def check_fits(t, d, r, at):
    q, y, w, queries = d["confidence"], d["correct"].astype(float), d["weight"], d["queries"]
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(q, y, sample_weight=w)
    t.check("isotonic regression (scikit-learn)", r["isotonic"], isotonic.predict(queries), at)

    right, wrong = w[y > 0].sum(), w[y <= 0].sum()
    target = np.where(y > 0, (right + 1) / (right + 2), 1 / (wrong + 2))
    loss = lambda a, b: float((w * (np.logaddexp(0, a * q + b) - (1 - target) * (a * q + b))).sum())
    a, b = r["platt"]["a"], r["platt"]["b"]
    theirs = _SigmoidCalibration().fit(q, y, sample_weight=w)
    t.at_most("Platt: loss not above scikit-learn's", loss(a, b), loss(theirs.a_, theirs.b_), at)
    if q.min() < q.max() and right > 0 and wrong > 0:
        p, q0 = expit(-(a * q + b)), q - q.mean()
        t.check("Platt: gradient per weight at ours is 0 (numpy)", [(w * (p - target)).sum() / w.sum(), (w * (p - target) * q0).sum() / w.sum()], [0, 0], at)
        x = np.array([0.0, math.log((wrong + 1) / (right + 1))])
        design = np.stack([q, np.ones_like(q)], 1)
        for _ in range(100):
            p = expit(-design @ x)
            step = np.linalg.solve(design.T @ (design * (w * p * (1 - p))[:, None]), design.T @ (w * (target - p)))
            while loss(*(x - step)) > loss(*x) + 1e-12:
                step /= 2
            x = x - step
        t.check("Platt: probabilities (Newton in numpy)", r["platt_of_queries"], expit(-(x[0] * queries + x[1])), at)
    else:
        constant = (w * target).sum() / w.sum()
        t.check("Platt: constants (numpy)", r["platt_of_queries"], np.full(len(queries), constant), at)


def check_agreement(t, d, r, at):
    a, b, k, cohen = d["a"], d["b"], d["categories"], r["cohen"]
    one = len(np.unique(np.concatenate([a, b]))) == 1
    t.check("kappa (scikit-learn)", cohen["kappa"], math.nan if one else cohen_kappa_score(a, b), at)
    t.check("PABAK (numpy)", cohen["pabak"], (k * np.mean(a == b) - 1) / (k - 1), at)
    if not one:
        theirs = multiclass_cohen_kappa(torch.tensor(b), torch.tensor(a), num_classes=k).item()
        t.check("kappa differs by more than 1e-5 (torchmetrics)", abs(cohen["kappa"] - theirs) > 1e-5, False, at)  # 32 bits
        table = np.zeros((k, k))
        np.add.at(table, (a, b), 1)
        theirs = cohens_kappa(table)
        # Ours is undefined where the variance is 0; rounding leaves theirs a little above.
        ends = np.clip([theirs.kappa_low, theirs.kappa_upp], -1, 1) if theirs.std_kappa > 1e-6 else [math.nan] * 2
        t.check("kappa's interval (statsmodels)", [cohen["kappa_low"], cohen["kappa_high"]], ends, at)
    for name, measure, key in (("ratings", "nominal", "alpha"), ("numbers", "interval", "alpha_interval")):
        data = d[name]
        paired = data[:, (~np.isnan(data)).sum(0) > 1]
        undefined = len(np.unique(paired[~np.isnan(paired)])) < 2
        theirs = math.nan if undefined else krippendorff.alpha(reliability_data=data, level_of_measurement=measure)
        t.check(f"alpha, {measure} (krippendorff)", r[key], theirs, at)


def check_draws(t, d, r, at):
    pass_at = lambda n, c, k: 1 - Fraction(math.comb(n - c, k), math.comb(n, k)) if k <= n else None
    n, c, tuned = ([int(x) for x in d[name]] for name in ("n", "c", "tuned"))
    for i, k in enumerate(d["ks"]):
        base = [pass_at(x, y, k) for x, y in zip(n, c) if x >= k]
        after = [pass_at(x, y, k) for x, y in zip(n, tuned) if x >= k]
        mean = float(sum(base) / len(base)) if base else math.nan
        t.check("pass@k (exact fractions)", [r["curve"][i]["pass"], r["curve"][i]["problems"]], [mean, len(base)], at)
        cover = r["coverage"][i]
        pairs = list(zip(base, after))
        expected = [sum(p * (1 - q) for p, q in pairs), sum((1 - p) * q for p, q in pairs), sum(p * q for p, q in pairs), sum((1 - p) * (1 - q) for p, q in pairs)]
        t.check("coverage sets (exact fractions)", [cover["base_only"], cover["tuned_only"], cover["both"], cover["neither"]], [float(e) for e in expected], at)
    for ours, method in (("wilson", "wilson"), ("jeffreys", "jeffreys"), ("exact", "beta")):
        low, high = proportion_confint(d["c"], d["n"], method=method)
        low, high = np.array(low), np.array(high)
        if method == "jeffreys":  # ours closes the interval at 0 of n and n of n; statsmodels does not
            low, high = np.where(d["c"] == 0, 0, low), np.where(d["c"] == d["n"], 1, high)
        t.check(f"interval: {ours} (statsmodels)", [[x[ours]["low"], x[ours]["high"]] for x in r["intervals"]], np.stack([low, high], 1), at)
    if r["beta"] is None:
        t.count["beta-binomial: told that there is no fit"] += 1
        if r["failure"].endswith("than chance explains"):  # one rate for all is at least as likely as any spread
            rate = d["c"].sum() / d["n"].sum()
            spread = max(betabinom.logpmf(d["c"], d["n"], rate * s, (1 - rate) * s).sum() for s in np.logspace(-1, 4, 40))
            t.at_most("beta-binomial: no spread is likelier than none (scipy)", spread, binom.logpmf(d["c"], d["n"], rate).sum(), at)
        return
    likelihood = lambda a, b: float(betabinom.logpmf(d["c"], d["n"], a, b).sum())
    a, b = r["beta"]["alpha"], r["beta"]["beta"]
    if a + b < 1e4:  # beyond, scipy's differences of log-gammas lose too many digits
        t.check("beta-binomial: log-likelihood (scipy)", r["log_likelihood"], likelihood(a, b), at)
        found = minimize(lambda x: -likelihood(*np.exp(x)), np.log([max(a, 1e-6), max(b, 1e-6)]) + 0.3, method="Nelder-Mead", options=dict(xatol=1e-8, fatol=1e-10))
        t.at_most("beta-binomial: no optimiser does better (scipy)", -r["log_likelihood"], found.fun, at)


def main():
    rng = np.random.default_rng(20261124)
    sets = [make(rng) for _ in range(DATA_SETS)]
    go = subprocess.run(["go", "run", "./evals/peers/numbers"], cwd=ROOT, input="\n".join(map(line, sets)), capture_output=True, text=True)
    if go.returncode != 0:
        sys.exit(go.stderr)
    results = [json.loads(text) for text in go.stdout.splitlines()]
    assert len(results) == DATA_SETS, f"{len(results)} results"
    table = Table()
    for at, (d, r) in enumerate(zip(sets, results)):
        for check in (check_calibration, check_fits, check_agreement, check_draws):
            check(table, d, r, at)
    sys.exit(table.show())


if __name__ == "__main__":
    main()
