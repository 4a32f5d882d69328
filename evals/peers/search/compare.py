"""Measures feedbackgen's search beside treequest's and llm-reasoners' in one run: 50 problems, 64
simulations each, the same mock server with 50 ms a reply.

    python3 -m venv DIR && DIR/bin/pip install -r evals/peers/search/requirements.txt
    DIR/bin/pip install --no-deps llm-reasoners==1.0.2
    DIR/bin/python evals/peers/search/compare.py [--problems 50] [--simulations 64] [--only TEXT]

Run it from the repository's root; it needs Go. Every contender is a process of its own, with a server
of its own, one after the other. CPU seconds are the client process's, user and system; "start" is
what of them Python takes to load the peer's modules, and "ms/call" leaves it out. Peak memory is the largest resident set. "calls" and "samples" are what the server was asked
for, feedbackgen's probing of the server included.

The peers run at what their documentation offers (treequest: ask_batch of 5, with threads; llm-reasoners:
one call after the other), then with the problems in threads too, which their user has to write, up to as
many requests in flight as feedbackgen. Those rows exist with the openai package and with the standard
library's HTTP client, which takes less of Python's CPU.

What each does in that time is not the same: feedbackgen also logs every reply before it is parsed, so
that a killed run goes on, and writes guarded records. The difficulty gate is off, because the peers have
none. A simulation of feedbackgen and of treequest is one completion to the end; an iteration of
llm-reasoners draws four next steps a level, and none where the tree is known already: a quarter of the
calls. "solved" counts problems with a right solution somewhere; feedbackgen's default selection looks for
pairs of steps rather than for answers.

On two cores that other work shared, 24 November 2026 (wall, CPU; 64 in flight where nothing is said):

    Go's HTTP client alone           2.8 s   0.16 s     no search at all: 3,200 calls
    feedbackgen                      2.8 s   0.70 s
    treequest, batch 5              48.5 s   8.15 s     17 times, 12 times
    treequest, 4 x 16, openai        9.9 s   7.70 s     3.5 times, 11 times
    treequest, 4 x 16, bare HTTP     5.3 s   2.97 s     1.9 times, 4 times
    feedbackgen, 5 in flight        30.7 s   1.31 s     beside treequest's batch of 5
    llm-reasoners                   63.0 s   5.91 s     22 times, 8 times
    feedbackgen, 1 in flight       148.1 s   2.50 s     with four times llm-reasoners' calls

A tenth of the wall time is reached against what the documentation offers, because problems run side by
side; whoever writes threads over problems around treequest comes as close as Python lets him. A hundredth
of the CPU is not reached, and cannot be at one HTTP call a simulation: the calls alone are a fiftieth.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def contenders(args, binaries):
    """Each is a name, and a command made of the server's URL, the problems' file and a new directory."""

    def ours(in_flight, *more):
        return lambda url, problems, scratch: [
            f"{binaries}/feedbackgen", "mcts", "--backend", "openai", "--base-url", url + "/v1", "--model", "toy",
            "--problems", problems, "--out", str(scratch / "run"), "--simulations", str(args.simulations),
            "--concurrency", str(in_flight), "--guards-off", "difficulty", "--quiet", "--json", *more]  # fmt: skip

    def peer(script, *rest):
        return lambda url, problems, _: [sys.executable, HERE / script, url, problems, str(args.simulations), *map(str, rest)]

    def floor(url, *_):
        return [f"{binaries}/floor", url, str(args.problems * args.simulations), "64"]

    tree, reasoners = "peer_treequest.py", "peer_llm_reasoners.py"
    every = [
        ("floor: Go's HTTP client alone, 64 in flight", floor),
        ("feedbackgen, 64 in flight", ours(64)),
        ("feedbackgen, 64 in flight, uct", ours(64, "--selection", "uct")),
        ("treequest, batch 5, openai", peer(tree, 5, 1, "sdk")),
        ("feedbackgen, 5 in flight", ours(5)),
        ("treequest, batch 4 x 16 problems, openai", peer(tree, 4, 16, "sdk")),
        ("treequest, batch 4 x 16 problems, bare HTTP", peer(tree, 4, 16, "bare")),
        ("llm-reasoners, openai", peer(reasoners, 1, "sdk")),
        ("feedbackgen, 1 in flight", ours(1)),
        ("llm-reasoners, all problems, openai", peer(reasoners, args.problems, "sdk")),
        ("llm-reasoners, all problems, bare HTTP", peer(reasoners, args.problems, "bare")),
    ]
    if importlib.util.find_spec("reasoners") is None:
        print("llm-reasoners is not installed: left out", file=sys.stderr)
        every = [c for c in every if "reasoners" not in c[0]]
    return [c for c in every if args.only in c[0]]


def measure(args, server, command):
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        problems = str(scratch / "problems.jsonl")
        serving = subprocess.Popen(
            [server, "-problems", problems, "-n", str(args.problems), "-latency", f"{args.latency}ms"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
        url = serving.stdout.readline().strip()
        with open(scratch / "out", "w+") as out:
            start = time.monotonic()
            client = subprocess.Popen(command(url, problems, scratch), stdout=out)
            _, status, used = os.wait4(client.pid, 0)
            wall = time.monotonic() - start
            client.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            result = json.load(out) if client.returncode == 0 else None
        asked, _ = serving.communicate()
    if result is None:
        sys.exit(f"the client failed with {client.returncode}")
    solved = result.get("solved", result.get("counts", {}).get("best_paths.written"))
    return json.loads(asked) | {"start": result.get("start", 0.0), "wall": wall, "cpu": used.ru_utime + used.ru_stime, "mib": used.ru_maxrss / 1024, "solved": solved}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--problems", type=int, default=50)
    parser.add_argument("--simulations", type=int, default=64)
    parser.add_argument("--latency", type=int, default=50, help="of a reply, in ms")
    parser.add_argument("--only", default="", help="contenders whose name holds this text")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        env = os.environ | {"CGO_ENABLED": "0"}
        subprocess.run(["go", "build", "-o", scratch, "./cmd/feedbackgen", "./evals/peers/search/server", "./evals/peers/search/floor"], check=True, env=env)
        print(f"{args.problems} problems, {args.simulations} simulations each, {args.latency} ms a reply, {os.cpu_count()} cores\n")
        print(f"{'':44}{'wall s':>8}{'CPU s':>8}{'MiB':>7}{'calls':>7}{'samples':>9}{'start':>7}{'ms/call':>9}{'in flight':>11}{'solved':>8}")
        for name, command in contenders(args, scratch):
            m = measure(args, f"{scratch}/server", command)
            print(f"{name:44}{m['wall']:8.2f}{m['cpu']:8.2f}{m['mib']:7.0f}{m['calls']:7}{m['samples']:9}"
                  f"{m['start']:7.2f}{1000 * (m['cpu'] - m['start']) / m['calls']:9.2f}{m['in_flight']:11}{m['solved']:8}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
