"""Writes solutions, one step a line, in three formats, and spoils them: by slips, which may be anything and
are rare, and by habits, which always go the same way and are Abacus' own weaknesses.

    equations    12+5=17            17*2=34
    prose        Ann now has 12 plus 5, which is 17 plums.
    list         Step 1: 12 + 5 -> 17
"""

from problems import Step, apply

FORMATS = ("equations", "prose", "list")

PROSE = {
    "+": ("{x} plus {y} is {r}.", "Adding {y} to {x} gives {r}.", "{x} and {y} together are {r}."),
    "-": ("{x} minus {y} is {r}.", "Taking {y} from {x} leaves {r}.", "Without {y}, {x} becomes {r}."),
    "*": ("{x} times {y} is {r}.", "{x} groups of {y} make {r}.", "{x} by {y} comes to {r}."),
    "/": ("{x} divided by {y} is {r}.", "Sharing {x} among {y} gives {r} each.", "One of {y} parts of {x} is {r}."),
}
LEADS = ("First, ", "Then ", "Next, ", "So ")


def render(problem, steps, form, rng):
    """The solution's text. Steps may be spoiled ones; the last one's result is the answer given."""
    lines = []
    for i, s in enumerate(steps):
        x, y = (s.y, s.x) if s.op in "+*" and rng.random() < 0.05 else (s.x, s.y)
        if form == "equations":
            lines.append(f"{x}{s.op}{y}={s.r}")
        elif form == "list":
            lines.append(f"Step {i + 1}: {x} {s.op} {y} -> {s.r}")
        else:
            line = rng.choice(PROSE[s.op]).format(x=x, y=y, r=s.r)
            if rng.random() < 0.5:
                lead = LEADS[0] if i == 0 else rng.choice(LEADS[1:])
                line = lead + line[0].lower() + line[1:]
            lines.append(line)
    lines.append(f"The answer is {steps[-1].r}.")
    return "\n".join(lines)


def slip(s, rng):
    """One step gone wrong, as people get steps wrong; None if the slip does not work out here."""
    kind = rng.random()
    if kind < 0.55:  # a wrong result
        off = rng.choice((-1, 1, -2, 2, -10, 10, s.x, -s.y))
        r = s.r + off
        return Step(s.op, s.x, s.y, r) if 1 <= r <= 199 and r != s.r else None
    if kind < 0.85:  # a wrong operation
        op = rng.choice([o for o in "+-*/" if o != s.op])
        r = apply(op, s.x, s.y)
        return Step(op, s.x, s.y, r) if r is not None and r != s.r else None
    y = s.y + rng.choice((-1, 1, 10, -10))  # a number read wrongly
    r = apply(s.op, s.x, y) if y > 0 else None
    return Step(s.op, s.x, y, r) if r is not None and r != s.r else None


def habit(s):
    """The step as a bad habit has it; None where no habit strikes.

    The carry of an addition is forgotten, so is what a subtraction borrowed, and in the upper corner
    of the times table a group is lost.
    """
    r = s.r
    if s.op == "+" and s.x % 10 + s.y % 10 >= 10:
        r -= 10
    elif s.op == "-" and s.x % 10 < s.y % 10:
        r += 10
    elif s.op == "*" and min(s.x, s.y) >= 7:
        r -= s.x
    return Step(s.op, s.x, s.y, r) if r != s.r and r >= 1 else None


def spoil(problem, rng, habits=False):
    """The steps with one mistake, and everything after it computed from there; None if that does not work out."""
    places = [i for i, s in enumerate(problem.steps) if habit(s)] if habits else []
    if places and rng.random() < 0.8:
        at = rng.choice(places)
        return follow(problem.steps, lambda i, s: habit(s) if i == at else s)
    at = rng.randrange(len(problem.steps))
    return follow(problem.steps, lambda i, s: slip(s, rng) if i == at else s)


def imitate(problem, rng, slips, habits):
    """The steps, with slips and, where one may strike, habits at these rates."""

    def change(_, s):
        spoilt = habits and rng.random() < habits and habit(s)
        return spoilt or (rng.random() < slips and slip(s, rng)) or s

    return follow(problem.steps, change) or problem.steps


def follow(steps, change):
    """Does the steps again after change(i, step), handing changed results on."""
    done, changed = [], {}
    for i, s in enumerate(steps):
        x, y = changed.get(s.x, s.x), changed.get(s.y, s.y)
        r = apply(s.op, x, y)
        if r is None:
            return None
        now = change(i, Step(s.op, x, y, r))
        if now is None:
            return None
        if now.r != s.r:
            changed[s.r] = now.r
        done.append(now)
    return done
