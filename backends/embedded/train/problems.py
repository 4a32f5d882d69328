"""Makes worded arithmetic problems, and reads them back.

A problem goes to training or is held out by the numbers in its text, in their order: whoever holds
"Tom has 3 apples. He buys 4 more." out, holds out every other text with 3 and then 4, too.
"""

import ast
import functools
import hashlib
import random
import re
from dataclasses import dataclass

from worlds import BOYS, GIRLS, THINGS, WORLDS

MOST = 150  # no value on the way is larger, and none is below 1

OPS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@dataclass
class Step:
    """x op y = r"""

    op: str
    x: int
    y: int
    r: int


@dataclass
class Problem:
    text: str
    expression: str  # such as (3 + 4) * 2
    steps: list[Step]
    answer: int
    name: str  # whom it is about
    thing: str

    @property
    def difficulty(self):
        return len(self.steps)


def split(text):
    """Where a problem belongs: "train", or held out as "tune" or "holdout" (a sixteenth each)."""
    numbers = ",".join(re.findall(r"\d+", text))
    first = hashlib.sha256(numbers.encode()).digest()[0]
    return {0: "tune", 1: "holdout"}.get(first % 16, "train")


def apply(op, x, y):
    """The value, or None if it is not to be used: too large, not positive, not whole."""
    if op == "+":
        r = x + y
    elif op == "-":
        r = x - y
    elif op == "*":
        if min(x, y) > 12 or min(x, y) < 2:
            return None
        r = x * y
    else:
        if y < 2 or x % y:
            return None
        r = x // y
    return r if 1 <= r <= MOST else None


@functools.cache
def tree(expression):
    return ast.parse(expression, mode="eval").body


@functools.cache
def size(expression):
    """How many operations an expression has."""
    return sum(isinstance(n, ast.BinOp) for n in ast.walk(tree(expression)))


def evaluate(node, slots, steps):
    """The value of an expression, appending its steps; slots map names to (value, text, binding).

    A text's binding is 2 for a number, 1 for a product or quotient, 0 for a sum or difference.
    """
    if isinstance(node, ast.Constant):
        return node.value, str(node.value), 2
    if isinstance(node, ast.Name):
        return slots[node.id]
    op = OPS[type(node.op)]
    left = evaluate(node.left, slots, steps)
    right = left and evaluate(node.right, slots, steps)
    if not right:
        return None
    r = apply(op, left[0], right[0])
    if r is None:
        return None
    steps.append(Step(op, left[0], right[0], r))
    binding = 1 if op in "*/" else 0
    x = left[1] if left[2] >= binding else f"({left[1]})"
    # The right side of - and / needs brackets at equal binding, too.
    tight = right[2] > binding or right[2] == binding and op in "+*"
    return r, f"{x} {op} {right[1] if tight else f'({right[1]})'}", binding


def numbers(rng, piece, value):
    """Numbers for a piece's slots, given the value so far."""
    text, expression = piece
    found = {}
    for name in re.findall(r"\{([abk])\}", text):
        if name in found:
            continue
        if name == "k":
            n = rng.randint(2, 6)
            if expression == "v/k" and value:
                n = rng.choice([d for d in range(2, 11) if value % d == 0] or [0])
        elif f"{name}*" in expression or f"*{name}" in expression:
            n = rng.randint(2, 12)
        elif expression.startswith("b-"):
            n = value + rng.randint(1, 50)
        elif "v" in expression and rng.random() < 0.7:
            n = rng.randint(2, 30)
        else:
            n = rng.randint(3, 90)
        found[name] = n
    return found


def generate(rng, difficulty):
    """A problem of that many steps. It may belong to any part of the split."""
    while True:
        problem = attempt(rng, difficulty)
        if problem:
            return problem


def attempt(rng, difficulty):
    world = WORLDS[rng.choice(list(WORLDS))]
    people = rng.sample(BOYS + GIRLS, 2)
    he, his, him = ("he", "his", "him") if people[0] in BOYS else ("she", "her", "her")
    words = {"N": people[0], "M": people[1], "he": he, "his": his, "him": him, "T": rng.choice(THINGS)}

    parts, steps = [], []
    value = before = None

    def tell(piece):
        """Adds a piece, if its numbers work out."""
        nonlocal value
        text, expression = piece
        slots = {k: (n, str(n), 2) for k, n in numbers(rng, piece, value and value[0]).items()}
        written = {k: n for k, (n, _, _) in slots.items()}
        more = []
        got = evaluate(tree(expression), slots | {"v": value, "p": before}, more)
        if got is None:
            return False
        for sentence in re.split(r"(?<=[.?]) ", text.format(**words, **written)):
            parts.append(sentence[0].upper() + sentence[1:])
        steps.extend(more)
        value = got
        return True

    if not tell(rng.choice(world["open"])):
        return None
    if "other" in world:
        before = value
        if not tell(rng.choice(world["other"])):
            return None
    last = None
    while True:
        left = difficulty - len(steps)
        if left < 0:
            return None
        asks = [p for p in world["ask"] if size(p[1]) == left]
        if asks and (left == 0 or rng.random() < 0.5):
            if not tell(rng.choice(asks)):
                return None
            break
        then = [p for p in world["then"] if size(p[1]) <= left and p != last]
        if not then or left == 0:
            return None
        last = rng.choice(then)
        if not tell(last):
            return None
    return Problem(" ".join(parts), value[1], steps, value[0], people[0], words["T"])


# --- reading back ---

WORD = {"N": "[A-Z][a-z]+", "M": "[A-Z][a-z]+", "he": "[Hh]e|[Ss]he", "his": "[Hh]is|[Hh]er", "him": "him|her", "T": "[a-z]+"}


@functools.cache
def pattern(text):
    regex = re.escape(text).replace(r"\{", "{").replace(r"\}", "}").replace(r"\ ", " ")
    seen = set()

    def slot(match):
        name = match[1]
        if name in "abk":
            seen.add(name)
            return rf"(?P<{name}>\d+)"
        return f"(?:{WORD[name]})"

    return re.compile(re.sub(r"\{(\w+)\}", slot, regex) + r"(?: |$)")


def read(text):
    """The values that a text may have by the worlds' sentences: a set, empty for what cannot be read."""
    answers = set()
    for world in WORLDS.values():
        walk(world, "open", text, None, None, answers)
    return answers


def walk(world, stage, text, value, before, answers):
    for piece, expression in world.get(stage, []):
        match = pattern(piece).match(text)
        if not match:
            continue
        slots = {k: (int(n), n, 2) for k, n in match.groupdict().items()}
        got = evaluate(tree(expression), slots | {"v": value, "p": before}, [])
        if got is None:
            continue
        rest = text[match.end():]
        if stage == "ask":
            if not rest:
                answers.add(got[0])
        elif stage == "open" and "other" in world:
            walk(world, "other", rest, got, got, answers)
        else:
            walk(world, "then", rest, got, before, answers)
            walk(world, "ask", rest, got, before, answers)


if __name__ == "__main__":
    rng = random.Random(1)
    for i in range(24):
        p = generate(rng, 1 + i % 4)
        assert p.answer in read(p.text), p.text
        print(split(p.text), "|", p.text, "|", p.expression, "=", p.answer)
