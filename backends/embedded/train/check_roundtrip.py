"""Checks that GGUF -> Hugging Face -> GGUF loses nothing, and that transformers runs what it got.

    check_roundtrip.py FILE.gguf
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

import ggufs
import roles


def main(path):
    with tempfile.TemporaryDirectory() as scratch:
        folder, back = Path(scratch) / "hf", Path(scratch) / "back.gguf"
        ggufs.write_hf(folder, *ggufs.read(path))
        ggufs.write(back, *ggufs.read_hf(folder))
        assert Path(path).read_bytes() == back.read_bytes(), "GGUF -> Hugging Face -> GGUF changed the file"
        print("GGUF -> Hugging Face -> GGUF: the same bytes")

        # A trainer saves with transformers' own functions.
        model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
        saved, again = Path(scratch) / "saved", Path(scratch) / "again.gguf"
        model.save_pretrained(saved)
        tokenizer.save_pretrained(saved)
        ggufs.write(again, *ggufs.read_hf(saved))
        compare(ggufs.read(path), ggufs.read(again))
        print("... saved by transformers in between: the same weights, configuration and tokenizer")

        for _, example in roles.examples(99, 50):
            text = "".join(t for t, _ in example)
            pieces = [i for t, _ in example for i in tokenizer(t, add_special_tokens=False)["input_ids"]]
            assert tokenizer.decode(pieces) == text
            ids = tokenizer(text, add_special_tokens=False)["input_ids"]
            assert ids == pieces, f"pieces of a conversation are tokenised otherwise than the whole: {text!r}"
        print("50 conversations: piecewise and whole tokenisation agree")

        prompt = tokenizer.apply_chat_template(
            [{"role": "user", "content": "Tom has 3 apples. He buys 4 more. How many apples does he have now?"}],
            add_generation_prompt=True, return_tensors="pt", return_dict=True)
        with torch.inference_mode():
            out = model.generate(**prompt, max_new_tokens=64, do_sample=False)
        print(tokenizer.decode(out[0]))


def compare(a, b):
    for key in a[0]:
        assert a[0][key] == b[0][key], f"{key}: {a[0][key]} became {b[0][key]}"
    assert a[1].keys() == b[1].keys()
    for name in a[1]:
        assert np.array_equal(a[1][name], b[1][name]), f"{name} changed"
    assert a[2]["model"]["vocab"] == b[2]["model"]["vocab"] and a[2]["model"]["merges"] == b[2]["model"]["merges"]
    assert a[3] == b[3], f"the chat template changed: {b[3]!r}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
