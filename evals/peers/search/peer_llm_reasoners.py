"""One problem after the other, or several in threads, by llm-reasoners' MCTS: a state is a partial
solution, its actions are four next steps drawn in one call, the reward of an end is 1 if it is right.
The iterations of one search follow each other: the library offers nothing else.

    peer_llm_reasoners.py URL PROBLEMS SIMULATIONS PARALLEL sdk|bare
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from reasoners import Reasoner, SearchConfig, WorldModel
from reasoners.algorithm import MCTS

from client import CLIENTS, finished, load, right

ACTIONS, DEPTH = 4, 12


class World(WorldModel):
    def init_state(self):
        return ""

    def step(self, state, action):
        return state + action, {}

    def is_terminal(self, state):
        return finished(state)


class Steps(SearchConfig):
    def __init__(self, api):
        super().__init__()
        self.api, self.calls = api, 0

    def get_actions(self, state):
        self.calls += 1
        steps = self.api.complete(self.example, state, self.calls * ACTIONS, n=ACTIONS, stop=["\n"])
        return list(dict.fromkeys(step + "\n" if not finished(step) else step for step in steps))

    def fast_reward(self, state, action):
        return 0.0, {}

    def reward(self, state, action, **_):
        return float(right(state + action, self.example["answer"])), {}


def search(api, problem, simulations):
    algorithm = MCTS(n_iters=simulations, depth_limit=DEPTH, output_strategy="max_reward", simulate_strategy="random")
    result = Reasoner(World(), Steps(api), algorithm)(problem)
    return result.terminal_state is not None and right(result.terminal_state, problem["answer"])


def main():
    url, path, simulations, parallel, kind = sys.argv[1:]
    np.random.seed(1)
    api = CLIENTS[kind](url)
    start = time.process_time()
    with ThreadPoolExecutor(int(parallel)) as searches:
        solved = searches.map(lambda problem: search(api, problem, int(simulations)), load(path))
        print(json.dumps({"solved": sum(solved), "start": start}))


if __name__ == "__main__":
    main()
