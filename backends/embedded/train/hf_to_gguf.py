"""Turns such a folder, perhaps after a trainer has changed the weights, into a GGUF file: hf_to_gguf.py FOLDER FILE.gguf"""

import sys

import ggufs

if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    ggufs.write(sys.argv[2], *ggufs.read_hf(sys.argv[1]))
