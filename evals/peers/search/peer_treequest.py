"""One problem after the other, or several in threads, by treequest's ABMCTSA: a node is a partial
solution; a trial goes on from it to the end, keeps the first new step as the child, and scores 1 if
the end is right. That is one call a simulation, as in feedbackgen.

    peer_treequest.py URL PROBLEMS SIMULATIONS BATCH PARALLEL sdk|bare
"""

import json
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import treequest

from client import CLIENTS, first_step, load, right


def search(api, problem, number, simulations, batch, callers):
    algorithm = treequest.ABMCTSA()
    tree = algorithm.init_tree()
    solved = False

    def generate(parent, seed):
        prefix = parent or ""
        text = api.complete(problem, prefix, seed)[0]
        return prefix + first_step(text), float(right(prefix + text, problem["answer"]))

    done = 0
    while done < simulations:
        size = min(batch, simulations - done)
        tree, trials = algorithm.ask_batch(tree, size, ["go on"])
        seeds = [number * simulations + done + i for i in range(size)]
        results = callers.map(generate, [trial.parent_state for trial in trials], seeds)
        for trial, (state, score) in zip(trials, results):
            tree = algorithm.tell(tree, trial.trial_id, (state, score))
            solved = solved or score == 1
        done += size
    return solved


def main():
    url, path, simulations, batch, parallel, kind = sys.argv[1:]
    simulations, batch, parallel = int(simulations), int(batch), int(parallel)
    random.seed(1)
    api, problems = CLIENTS[kind](url), load(path)
    start = time.process_time()
    with ThreadPoolExecutor(batch * parallel) as callers, ThreadPoolExecutor(parallel) as searches:
        solved = searches.map(lambda job: search(api, job[1], job[0], simulations, batch, callers), enumerate(problems))
        print(json.dumps({"solved": sum(solved), "start": start}))


if __name__ == "__main__":
    main()
