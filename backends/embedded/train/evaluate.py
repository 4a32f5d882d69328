"""Measures Abacus in each of its roles, and writes the figures as JSON.

    evaluate.py --checkpoint FILE --data DIR --part tune|holdout [--out figures.json]

The problems are the bundled ones of that part. Tune on tune; holdout is for the card.
"""

import argparse
import ast
import json
import random
import re
from pathlib import Path

import model as llama
import problems
import roles
import solutions
from corpus import PROBLEMS
from sampler import Sampler, chat

ROLLOUTS = 16


def answer(text):
    """The answer that a solution gives, or None."""
    found = re.findall(r"The answer is (\d+)\.\s*$", text or "")
    return int(found[0]) if found else None


def form(text):
    if "->" in text:
        return "list"
    return "equations" if "=" in text else "prose"


def share(values):
    values = list(values)
    return round(sum(values) / max(1, len(values)), 4)


def auc(scores, labels):
    """The chance that a right one is scored above a wrong one; ties count half."""
    right = [s for s, y in zip(scores, labels) if y]
    wrong = [s for s, y in zip(scores, labels) if not y]
    if not right or not wrong:
        return None
    return share((r > w) + (r == w) / 2 for r in right for w in wrong)


def solve(sampler, items, wrap):
    prompts = [chat(p["prompt"] + wrap) for p in items]
    gold = [int(p["answer"]) for p in items]
    greedy = [t[0] for t in sampler.draw(prompts, temperature=0)]
    sampled = sampler.draw(prompts, n=ROLLOUTS)
    rates = [share(answer(t) == g for t in texts) for texts, g in zip(sampled, gold)]
    flat = [t for texts in sampled for t in texts]
    by_steps = lambda values: {
        n: share(v for v, p in zip(values, items) if p["meta"]["steps"] == n) for n in (1, 2, 3, 4)}
    hit = [answer(t) == g for t, g in zip(greedy, gold)]
    figures = {
        "problems": len(items),
        "greedy": share(hit), "greedy_by_steps": by_steps(hit),
        "pass@1": share(rates), "pass@1_by_steps": by_steps(rates),
        "pass@16": share(r > 0 for r in rates),
        "in_band_0.2_to_0.8": share(0.2 <= r <= 0.8 for r in rates),
        "unreadable": share(answer(t) is None for t in flat),
        "formats": {f: share(form(t) == f for t in flat if t) for f in solutions.FORMATS},
        "distinct_of_16": round(sum(len(set(t)) for t in sampled) / len(sampled), 1),
    }
    return figures, sampled


def go_on(sampler, items, rng):
    """From the first half of a right solution, and of one with a slip in its first step."""
    prompts, gold, slipped = [], [], []
    for p in items:
        problem = reread(p)
        steps = problem.steps
        if len(steps) < 2:
            continue
        for wrong in (False, True):
            now = steps
            if wrong:
                now = solutions.follow(steps, lambda i, s: solutions.slip(s, rng) if i == 0 else s)
                if now is None:
                    continue
            lines = solutions.render(problem, now, rng.choice(solutions.FORMATS), rng).split("\n")
            prompts.append(chat(p["prompt"]) + "\n".join(lines[: len(steps) // 2]) + "\n")
            gold.append(problem.answer)
            slipped.append(wrong)
    sampled = sampler.draw(prompts, n=4)
    rate = lambda wrong: share(
        answer(t) == g for texts, g, w in zip(sampled, gold, slipped) if w == wrong for t in texts)
    return {"right_after_right_half": rate(False), "right_after_slip": rate(True)}


def reread(item):
    """A bundled problem with its steps; None where the expression, read anew, passes by a value out of bounds."""
    steps = []
    value = problems.evaluate(problems.tree(item["meta"]["expression"]), {}, steps)
    if value is None:
        return None
    return problems.Problem(item["prompt"], item["meta"]["expression"], steps, value[0], item["prompt"].split()[0], "")


def verdict(sampler, items, sampled, rng):
    def figures(triples):
        yes = sampler.compare([chat(roles.verdict_prompt(p, s)) for p, s, _ in triples], "yes", "no")
        labels = [y for _, _, y in triples]
        right = share((v > 0.5) == y for v, y in zip(yes, labels))
        return {"n": len(labels), "share_right": share(labels), "accuracy": right, "auc": auc(yes, labels)}

    made = [(p["prompt"], *roles.right_or_wrong(reread(p), rng)) for p in items for _ in range(2)]
    own = [(p["prompt"], t, answer(t) == int(p["answer"])) for p, texts in zip(items, sampled) for t in texts[:2] if t]
    answers = [t[0] for t in sampler.draw([chat(roles.verdict_prompt(p, s)) for p, s, _ in own], temperature=0, limit=8)]
    return {"made": figures(made), "own": figures(own), "says_yes_or_no": share(t in ("yes", "no") for t in answers)}


def assess(sampler, items, sampled):
    prompts, labels = [], []
    for p, texts in zip(items, sampled):
        for t in texts[:2]:
            if t:
                prompts.append(chat(p["prompt"]) + f"{t}\n{roles.MARKER}\n")
                labels.append(answer(t) == int(p["answer"]))
    said = [re.fullmatch(r"[^\n]+\nconfidence: ([01]\.\d)", t[0] or "") for t in sampler.draw(prompts, limit=32)]
    pairs = [(float(m[1]), y) for m, y in zip(said, labels) if m]
    c, y = [p[0] for p in pairs], [p[1] for p in pairs]
    return {"n": len(labels), "readable": share(m is not None for m in said), "mean_confidence": share(c),
            "accuracy": share(y), "brier": share((p - q) ** 2 for p, q in pairs), "auc": auc(c, y)}


def revise(sampler, items, sampled):
    firsts = [(p, t) for p, texts in zip(items, sampled) for t in texts[:2] if t]
    seconds = [t[0] for t in sampler.draw([chat(p["prompt"], t, roles.ASK_AGAIN) for p, t in firsts])]
    before = [answer(t) == int(p["answer"]) for p, t in firsts]
    after = [answer(t) == int(p["answer"]) for (p, _), t in zip(firsts, seconds)]
    return {"n": len(before), "right_before": share(before), "right_after": share(after),
            "wrong_made_right": share(a for b, a in zip(before, after) if not b),
            "right_made_wrong": share(not a for b, a in zip(before, after) if b),
            "unchanged": share(t == s for (_, t), s in zip(firsts, seconds))}


def value_of(expression):
    """(value, operations) of an expression of whole numbers, or None."""
    try:
        node = ast.parse(expression, mode="eval").body
        got = problems.evaluate(node, {}, [])
    except (SyntaxError, KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None
    return got and (got[0], sum(isinstance(n, ast.BinOp) for n in ast.walk(node)))


def write(sampler, n=100):
    prompts = [chat(roles.write_prompt(d)) for d in (1, 2, 3, 4)]
    rows = []
    for d, texts in zip((1, 2, 3, 4), sampler.draw(prompts, n=n, batch=400)):
        for t in texts:
            m = re.fullmatch(r"([^\n]+)\nExpression: ([^\n]+)", t or "")
            value = m and value_of(m[2])
            read = problems.read(m[1]) if m else set()
            rows.append((d, m and m[1], bool(m), value, read))
    usable = [r for r in rows if r[3]]
    return {
        "n": len(rows), "two_parts": share(r[2] for r in rows), "expression_has_a_value": share(bool(r[3]) for r in rows),
        "of_these_text_is_readable": share(bool(r[4]) for r in usable),
        "of_readable_text_agrees": share(r[3][0] in r[4] for r in usable if r[4]),
        "asked_difficulty": share(r[3][1] == r[0] for r in usable),
        "distinct": share([len({r[1] for r in rows}) / len(rows)]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="the folder with tokenizer.json")
    parser.add_argument("--part", choices=("tune", "holdout"), default="tune")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--only", choices=("solve",), help="leave the other roles out")
    args = parser.parse_args()
    rng = random.Random(1)
    model, saved = llama.load(args.checkpoint)
    sampler = Sampler(model, args.data / "tokenizer.json")
    items = [json.loads(line) for line in open(PROBLEMS / f"{args.part}.jsonl", encoding="utf-8")]

    wrapped, _ = solve(sampler, items, roles.INSTRUCTIONS[0])
    bare, sampled = solve(sampler, items, "")
    figures = {"part": args.part, "training_seconds": round(saved["seconds"]), "steps": saved["step"],
               "solve": bare, "solve_as_tree_search_asks": wrapped}
    if not args.only:
        readable = [i for i, item in enumerate(items) if reread(item)]
        items, sampled = [items[i] for i in readable], [sampled[i] for i in readable]
        figures |= {
            "go_on": go_on(sampler, items, rng), "verdict": verdict(sampler, items, sampled, rng),
            "assess": assess(sampler, items, sampled), "revise": revise(sampler, items, sampled), "write": write(sampler)}
    text = json.dumps(figures, indent=2)
    if args.out:
        args.out.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
