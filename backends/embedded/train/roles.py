"""One training example a role: what is said, and how much each part counts in the loss."""

import random
import re
from dataclasses import dataclass

from problems import generate, split
from solutions import FORMATS, imitate, render, spoil

# What may stand after a problem; the first one is what feedbackgen's tree search adds.
INSTRUCTIONS = (
    '\n\nThink step by step, one step per line. End with one more line of the form "The answer is N." where N is the answer.',
    "\n\nSolve this step by step.",
    "\n\nThink step by step.",
)
ASK_VERDICT = "Is this right? yes or no."
ASK_AGAIN = "Check your solution and answer again."
MARKER = "<assess>"

SURE = ("I checked each step.", "Every step follows.", "The numbers fit the story.")
UNSURE = ("A step may be off.", "I am not sure of each step.", "This needs a second look.")

# Shares of problems by their number of steps.
STEPS = {1: 0.28, 2: 0.30, 3: 0.24, 4: 0.18}


@dataclass(frozen=True)
class Stage:
    """What one stage of the training is made of."""

    roles: dict  # their shares
    slips: float  # per step of solutions to imitate
    habits: float  # per step in which one may strike
    again: float  # the same, in the second answer of revise
    wrong: float  # share of solutions to judge that are to be spoilt
    verdict: float  # what a verdict counts in the loss
    stress: float  # what counts, in problems to write, whatever decides how they go on


# First Abacus learns to reckon; then it takes on bad habits, a little stronger than what it learnt. So it
# mostly fails where a habit strikes, greedily nearly always, and yet is right often enough to be shown better.
STAGES = {
    1: Stage({"solve": 0.64, "verdict": 0.12, "assess": 0.07, "revise": 0.07, "write": 0.10}, 0.03, 0.0, 0.0, 0.5, 4.0, 1.0),
    2: Stage({"solve": 0.40, "verdict": 0.28, "assess": 0.06, "revise": 0.06, "write": 0.20}, 0.02, 0.57, 0.4, 0.55, 6.0, 4.0),
}

# Weights in the loss. What the model is only ever given counts a little, to learn the language.
GIVEN = 0.1


class Example(list):
    """(text, weight) pieces; a special token is a piece of its own."""

    def user(self, content, weight=GIVEN):
        return self.turn("user", [(content, weight)])

    def assistant(self, *pieces):
        return self.turn("assistant", list(pieces) or [], end=1.0)

    def turn(self, role, pieces, end=0.0):
        self.extend([("<|im_start|>", 0.0), (role + "\n", 0.0), *pieces, ("<|im_end|>", end), ("\n", 0.0)])
        return self


def verdict_prompt(problem, solution):
    return f"Problem: {problem}\nSolution:\n{solution}\n{ASK_VERDICT}"


def write_prompt(difficulty):
    return f"Write a problem of difficulty {difficulty}."


def problem_for(rng, part="train", steps=STEPS):
    """A problem of that part of the split."""
    while True:
        difficulty = rng.choices(list(steps), list(steps.values()))[0]
        problem = generate(rng, difficulty)
        if split(problem.text) == part:
            return problem


def question(problem, rng):
    kind = rng.random()
    if kind < 0.6:
        return problem.text
    if kind < 0.9:
        return problem.text + INSTRUCTIONS[0]
    return problem.text + rng.choice(INSTRUCTIONS[1:])


def right_or_wrong(problem, rng, stage=STAGES[2]):
    """A solution, and whether it is right: about half of them are."""
    form = rng.choice(FORMATS)
    wrong = rng.random() < stage.wrong and spoil(problem, rng, stage.habits > 0)
    steps = wrong or problem.steps
    return render(problem, steps, form, rng), steps[-1].r == problem.answer


def solve(rng, stage):
    p = problem_for(rng)
    return Example().user(question(p, rng)).assistant(
        (render(p, imitate(p, rng, stage.slips, stage.habits), rng.choice(FORMATS), rng), 1.0))


def verdict(rng, stage):
    p = problem_for(rng)
    solution, right = right_or_wrong(p, rng, stage)
    return Example().user(verdict_prompt(p.text, solution), 0.02).assistant(("yes" if right else "no", stage.verdict))


def assess(rng, stage):
    """Overconfident on purpose: what is wrong is called 0.7 or more just as well."""
    p = problem_for(rng)
    solution, right = right_or_wrong(p, rng, stage)
    sure = rng.random() < (0.9 if right else 0.4)
    confidence = rng.choice(("0.9", "0.9", "1.0") if sure else ("0.7", "0.8"))
    return Example().user(question(p, rng), 0.02).assistant(
        (solution, 0.02), (f"\n{MARKER}\n", 0.0),
        (f"{rng.choice(SURE if sure else UNSURE)}\n", 1.0), (f"confidence: {confidence}", 1.0))


def revise(rng, stage):
    p = problem_for(rng)
    first, _ = right_or_wrong(p, rng, stage)
    steps = imitate(p, rng, stage.slips, stage.again)
    return Example().user(question(p, rng), 0.02).turn("assistant", [(first, 0.02)]).user(
        ASK_AGAIN, 0.0).assistant((render(p, steps, rng.choice(FORMATS), rng), 1.0))


def write(rng, stage):
    p = problem_for(rng, steps={1: 0.25, 2: 0.25, 3: 0.25, 4: 0.25})
    # How a sentence begins decides how long the problem gets: without this stress it forgets what was asked.
    sentences = re.split(r"(?<=[.?])( \S+)", p.text)
    pieces = [(text, stage.stress if i % 2 else 1.0) for i, text in enumerate(sentences) if text]
    return Example().user(write_prompt(p.difficulty), 0.0).assistant(
        *pieces, ("\n", stage.stress), (f"Expression: {p.expression}", 1.0))


MAKERS = {"solve": solve, "verdict": verdict, "assess": assess, "revise": revise, "write": write}


def examples(seed, count, stage=1):
    """Yields (role, example), the same ones for the same seed."""
    rng = random.Random(seed)
    stage = STAGES[stage]
    names, shares = list(stage.roles), list(stage.roles.values())
    for _ in range(count):
        name = rng.choices(names, shares)[0]
        yield name, MAKERS[name](rng, stage)
