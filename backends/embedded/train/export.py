"""Turns a checkpoint of train.py into a GGUF file: export.py --data DIR --checkpoint FILE --out FILE.gguf"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import ggufs
import model as llama


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with tokenizer.json")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    model, _ = llama.load(args.checkpoint)
    weights = {"model." + name: w.numpy() for name, w in model.state_dict().items()}
    tokenizer = json.loads((args.data / "tokenizer.json").read_text())
    ggufs.write(args.out, ggufs.config_of(asdict(model.shape)), weights, tokenizer)


if __name__ == "__main__":
    main()
