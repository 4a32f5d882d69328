"""Compares the Go tokenizer with llama.cpp's.

    pip install -r requirements.txt
    python make.py                # trains the two small vocabularies, and writes bpe.jsonl, spm.jsonl
    python make.py --model m.gguf --count 500 > m.jsonl       # the same for a real model's vocabulary
    go test ./backends/embedded/tokenizer -run TestLlamaCpp -model m.gguf -golden m.jsonl

A line of the golden files is {"text", "special", "ids"}, where ids are what llama.cpp makes of text, by
the name in tokenizer.ggml.pre; the first line is {"pieces"}, the bytes of every token in hexadecimal, as
llama.cpp writes them.
"""
import argparse
import collections
import ctypes
import json
import pathlib
import random
import sys
import tempfile

import gguf
import llama_cpp
from gguf import TokenType

HERE = pathlib.Path(__file__).parent
PRES = ["smollm", "gpt-2", "llama-bpe", "qwen2", "default"]

CORPUS = """The little tokenizer cuts text into words, and the words into pieces that it has seen before.
Tom has 12 apples and buys 30 more. How many apples does Tom have? Tom has 12 + 30 = 42 apples.
Then there's what we'll do if they've said that they're here: we don't know, I'm sure he'd say.
def main(args):\n    for i in range(10):\n        print(f"{i}: {args[i]}")\n    return None\n
Der Fluß fließt über die Brücke; où est la bibliothèque? ¿Dónde está el niño?\n\n\t\tif (x != 0) { y += 1; }
Привет, мир. 你好，世界。 こんにちは。 The answer is 42. The answer is 7. Step 1: add. Step 2: multiply.
"""

TEXTS = [
    "", " ", "  ", "   a", "a ", "a  ", "a  b", "\n", "\n\n", " \n", "\n ", "a\nb", "a \n b", "a\r\nb", "\t\tx", "x\t\t", "\r", " \r\n \r\n x",
    "Hello", " Hello", "Hello world", "hello  world", "HELLO WORLD", "don't", "DON'T", "they'Re they'VE we'Ll I'M he'D 'S 'x '", "it''s", "'", "''s", "a's",
    "'ſ 'K", "1", "12", "123", "1234", "12345678", " 1", " 123", "  123", "a1b2c3", "3.14159", "1,000,000", "-5", "$5.00", "5%", "x=1+2", "٣٤٥", "½ ² Ⅷ ①", "1²3",
    "a\u00a0b", "\u00a0\u00a0a", "\u2003 x", "\u2028\u2029", "a\u3000b", "\u0085x", "\u200bzero", "e\u0301 combining", "\ufeffbom", "\u00adsoft",
    "你好，世界", "こんにちは 世界", "Привет мир", "مرحبا بالعالم", "नमस्ते", "שלום", "🙂", "👩‍👩‍👧‍👦 family", "🇩🇪", " 🙂🙂", "a🙂b", "\U0001F9D1\U0001F3FD", "naïve café", "ẞ", "ǅ ʰ ª",
    "...", "?!", " ...", "... ", "--", "a--b", "(a)", "[1, 2, 3]", "{\"a\": 1}", "<b>bold</b>", "a_b", "__init__", "a/b\\c", "user@example.com", "https://example.com/?q=1&r=2#x", "^~|`$+<=>",
    "!!!\n", "!!!\n\n x", " !\r\n", ".\n\n\n  \n", "def f(x):\n    return x + 1\n", "for (int i = 0; i < 10; ++i) { a[i] = 0; }", "\tif x:\n\t\tpass", "a" * 60, " " * 60, "\n" * 30, "ab" * 40, "1" * 31,
    "<|endoftext|>", "a<|im_end|>b", "<|im_start|>user\nhi<|im_end|>\n", "<|im_start|> <|im_end|>", "<|im_end|><|im_end|>", "<|im_end", "<<|im_end|>>", "<s>", "</s>", "<unk>", "<0x0A>", "\x00\x01\x7f", "▁", "▁a ▁b", "Ġ", "Ċ",
    "zebra", "zebra zebras", "12345 1234567", "$|$ ^|^ a|b", "'S'L'LL'rE'Ve x'M", "'Sa'LLr'rEd's1", "\ra \nb \r\nc", "<tool>", "a<tool>b", " <tool> ", "<tool><tool>", "<tools>", "<tool><s>x", "x </s> y", "<s> x", "\ue000", "\U000F0000", "\u0378",
]

ALPHABETS = ["abcdefghij ", "ABCabc'sStTrReElLmMdDvV ", "0123456789", " \t\n\r\u00a0\u3000", ".,;:!?-+*/=<>()[]{}$^~|`_@#%&\"'\\", "äöüßéèñçøåÆŒ",
             "приветмир", "你好世界こんにちは", "مرحبا", "🙂🚀👍🏽\u200d", "½²①٣", "\u0301\u0308\u200b\ufeff"]


# Characters of every class that the rules tell apart. The small vocabulary merges any two of their bytes, so
# that a boundary between words which is somewhere else than llama.cpp's shows in the tokens.
TELLING = "aetsSLlrRvVmd'12. \t\n\r$^|-é世٣²\u00a0"


def texts(count):
    """The texts above, then random ones: of telling characters, and of runs of one alphabet each."""
    rng = random.Random(7)
    yield from TEXTS
    for i in range(count - len(TEXTS)):
        if i % 2:
            yield "".join(rng.choices(TELLING, k=rng.randint(2, 14)))
        else:
            yield "".join("".join(rng.choices(rng.choice(ALPHABETS), k=rng.randint(1, 6))) for _ in range(rng.randint(1, 7)))


def pairs_of(words):
    pairs = collections.Counter()
    for word, n in words.items():
        for pair in zip(word, word[1:]):
            pairs[pair] += n
    return pairs


def train(words, merges):
    """Plain BPE: the most frequent pair first, ties by the pair itself."""
    learned = []
    while len(learned) < merges:
        pairs = pairs_of(words)
        best = max(pairs, key=lambda p: (pairs[p], p))
        learned.append(best)
        merged = collections.Counter()
        for word, n in words.items():
            out = []
            for s in word:
                if out and (out[-1], s) == best:
                    out[-1] += s
                else:
                    out.append(s)
            merged[tuple(out)] += n
        words = merged
    return learned


def byte_alphabet():
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    odd = iter(range(256, 512))
    return [chr(b) if b in plain else chr(next(odd)) for b in range(256)]


def words_of(corpus):
    return [(" " if i else "") + w for line in corpus.splitlines() for i, w in enumerate(line.split(" "))] + ["\n\n", "\n", "    ", "  ", "\t\t"]


def write_bpe(path, pre):
    alphabet = byte_alphabet()
    words = collections.Counter(tuple(alphabet[b] for b in w.encode()) for w in words_of(CORPUS))
    merges = train(words, 60)
    telling = sorted({alphabet[b] for b in TELLING.encode()})
    pairs = [(a, b) for a in telling for b in telling if (a, b) not in merges]
    random.Random(5).shuffle(pairs)
    merges += pairs
    control = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    # No merges make a zebra: only rules that look for whole words find it.
    tokens = control + sorted(alphabet) + list(dict.fromkeys("".join(m) for m in merges)) + ["zebra", "<tool>"]
    kinds = [TokenType.CONTROL] * 3 + [TokenType.NORMAL] * (len(tokens) - 4) + [TokenType.USER_DEFINED]
    w = gguf.GGUFWriter(path, "llama")
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre(pre)
    w.add_token_list(tokens)
    w.add_token_types(kinds)
    w.add_token_merges([" ".join(m) for m in merges])
    w.add_bos_token_id(0)
    w.add_eos_token_id(2)
    w.add_add_bos_token(False)
    finish(w)


def write_spm(path):
    words = collections.Counter(tuple(("▁" if not w.startswith(" ") else "") + w.replace(" ", "▁")) for w in words_of(CORPUS))
    chars = sorted({c for w in words for c in w})
    merges = ["".join(m) for m in train(words, 250)]
    merges = list(dict.fromkeys(merges))
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)] + merges + chars + ["<tool>"]
    scores = [0.0] * 259 + [-float(i) for i in range(len(merges))] + [-float(len(merges) + i) for i in range(len(chars))] + [0.0]
    kinds = [TokenType.UNKNOWN] + [TokenType.CONTROL] * 2 + [TokenType.BYTE] * 256 + [TokenType.NORMAL] * (len(merges) + len(chars)) + [TokenType.USER_DEFINED]
    w = gguf.GGUFWriter(path, "llama")
    w.add_tokenizer_model("llama")
    w.add_token_list(tokens)
    w.add_token_scores(scores)
    w.add_token_types(kinds)
    w.add_bos_token_id(1)
    w.add_eos_token_id(2)
    w.add_unk_token_id(0)
    finish(w)


def finish(w):
    w.add_context_length(64)
    w.add_embedding_length(32)
    w.add_block_count(0)
    w.add_feed_forward_length(32)
    w.add_head_count(1)
    w.add_layer_norm_rms_eps(1e-5)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def pieces(llm):
    vocab = llama_cpp.llama_model_get_vocab(llm.model)
    buffer = ctypes.create_string_buffer(1 << 16)
    out = []
    for i in range(llm.n_vocab()):
        n = llama_cpp.llama_token_to_piece(vocab, i, buffer, len(buffer), 0, False)
        out.append(buffer.raw[:n].hex())
    return out


def load(path):
    return llama_cpp.Llama(str(path), vocab_only=True, verbose=False)


def golden(models, count):
    """models maps names of tokenizer.ggml.pre to vocabularies that differ in nothing else."""
    yield {"pieces": pieces(next(iter(models.values())))}
    for text in texts(count):
        for special in [False, True] if "<" in text else [False]:
            ids = {pre: llm.tokenize(text.encode(), add_bos=False, special=special) for pre, llm in models.items()}
            yield {"text": text, "special": special, "ids": ids}


def write(lines, out):
    for line in lines:
        out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def make(pres, count):
    models = {}
    with tempfile.TemporaryDirectory() as folder:
        for pre in pres:
            path = pathlib.Path(folder, pre + ".gguf")
            write_bpe(path, pre)
            models[pre] = load(path)
    write_bpe(HERE / "bpe.gguf", pres[0])
    with open(HERE / "bpe.jsonl", "w") as out:
        write(golden(models, count), out)
    write_spm(HERE / "spm.gguf")
    with open(HERE / "spm.jsonl", "w") as out:
        write(golden({"": load(HERE / "spm.gguf")}, count), out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", metavar="GGUF")
    parser.add_argument("--count", type=int, default=300, help="how many texts")
    args = parser.parse_args()
    if args.model:
        write(golden({"": load(args.model)}, args.count), sys.stdout)
    else:
        make(PRES, args.count)
