"""Turns Abacus' GGUF file into a folder that transformers loads: gguf_to_hf.py FILE.gguf FOLDER"""

import sys

import ggufs

if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    ggufs.write_hf(sys.argv[2], *ggufs.read(sys.argv[1]))
