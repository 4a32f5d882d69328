"""Writes golden.gguf: metadata of every type, and for every tensor type that the Go reader decodes a
tensor "raw.TYPE" beside "want.TYPE", its elements as the reference implementation decodes them.

    pip install -r requirements.txt && python make.py
    python make.py --digests model.gguf     # a SHA-256 of each tensor of a real model, decoded
"""
import argparse
import hashlib
import json
import pathlib

import gguf
import numpy as np
from gguf import GGMLQuantizationType as T, GGUFValueType as V

HERE = pathlib.Path(__file__).parent
ROWS, COLS = 2, 256
# Where, in a block of these types, float16 scales are: the rest may be any bytes.
SCALES = {T.Q4_K: (144, [0, 2]), T.Q5_K: (176, [0, 2]), T.Q6_K: (210, [208])}


def raw(typ, rng):
    """Random data, quantised by the reference where it can, else random bytes with tame scales."""
    if typ in SCALES:
        size, scales = SCALES[typ]
        blocks = rng.integers(0, 256, (ROWS * COLS // 256, size), dtype=np.uint8)
        for at in scales:
            d = rng.normal(0, 0.01, len(blocks)).astype(np.float16)
            blocks[:, at : at + 2] = d.view(np.uint8).reshape(-1, 2)
        return blocks.reshape(ROWS, -1)
    values = rng.normal(0, 1, (ROWS, COLS)).astype(np.float32)
    if typ == T.F16:
        values[0, :8] = [0, -0.0, 6e-8, -6.1e-5, 65504, np.inf, -np.inf, 6.1035e-5]
    return gguf.quants.quantize(values, typ)


def make():
    rng = np.random.default_rng(20240607)
    w = gguf.GGUFWriter(HERE / "golden.gguf", "llama")
    w.add_uint8("u8", 255)
    w.add_int8("i8", -128)
    w.add_uint16("u16", 65535)
    w.add_int16("i16", -32768)
    w.add_uint32("u32", 2**32 - 1)
    w.add_int32("i32", -(2**31))
    w.add_uint64("u64", 2**64 - 1)
    w.add_int64("i64", -(2**63))
    w.add_float32("f32", 1.5)
    w.add_float64("f64", 0.1)
    w.add_bool("yes", True)
    w.add_bool("no", False)
    w.add_string("text", "naïve ▁ text")
    w.add_array("texts", ["a", "", "ü"])
    w.add_array("ints", [1, -2, 3])
    w.add_array("floats", [0.5, -0.25])
    w.add_array("bools", [True, False, True])
    w.add_key_value("bytes", [1, 2, 255], V.ARRAY, sub_type=V.UINT8)
    for typ in [T.F32, T.F16, T.BF16, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.Q4_K, T.Q5_K, T.Q6_K]:
        data = raw(typ, rng)
        w.add_tensor(f"raw.{typ.name}", data, raw_dtype=typ)
        w.add_tensor(f"want.{typ.name}", gguf.quants.dequantize(data, typ).astype(np.float32))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def digests(path):
    for t in gguf.GGUFReader(path).tensors:
        values = gguf.quants.dequantize(t.data, t.tensor_type).astype("<f4")
        print(json.dumps({"name": t.name, "type": t.tensor_type.name, "shape": [int(n) for n in reversed(t.shape)],
                          "sha256": hashlib.sha256(values.tobytes()).hexdigest()}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digests", metavar="MODEL")
    args = parser.parse_args()
    if args.digests:
        digests(args.digests)
    else:
        make()
