"""Draws text from a model, many prompts at once."""

import torch
from tokenizers import Tokenizer

END = 2  # <|im_end|>


class Cache:
    """Keys and values of a batch whose prompts are padded on the left."""

    def __init__(self, pads, room):
        self.pads, self.room, self.used, self.now = pads, room, 0, 0
        self.kept = {}

    def extend(self, layer, k, v):
        if layer not in self.kept:
            shape = (*k.shape[:2], self.room, k.shape[3])
            self.kept[layer] = (torch.zeros(shape), torch.zeros(shape))
        keys, values = self.kept[layer]
        end = self.used + self.now
        keys[:, :, self.used : end], values[:, :, self.used : end] = k, v
        at = torch.arange(end)
        query = torch.arange(self.used, end)
        # A padded query sees itself, because a softmax over nothing is not a number.
        mask = (at >= self.pads[:, None, None]) & (at <= query[:, None]) | (at == query[:, None])
        return keys[:, :, :end], values[:, :, :end], mask[:, None]

    def step(self, model, ids):
        self.now = ids.shape[1]
        at = torch.arange(self.used, self.used + self.now)
        hidden = model(ids, self, (at - self.pads[:, None]).clamp(min=0))
        self.used += self.now
        return model.logits(hidden[:, -1])

    def take(self, rows):
        self.pads = self.pads[rows]
        self.kept = {layer: (k[rows], v[rows]) for layer, (k, v) in self.kept.items()}


def chat(*turns):
    """user, assistant, user ... as text up to where the assistant goes on."""
    text = ""
    for i, content in enumerate(turns):
        text += f"<|im_start|>{'assistant' if i % 2 else 'user'}\n{content}<|im_end|>\n"
    return text + "<|im_start|>assistant\n"


class Sampler:
    def __init__(self, model, tokenizer_path, seed=1):
        self.model = model
        self.tokenizer = Tokenizer.from_file(str(tokenizer_path))
        self.random = torch.Generator().manual_seed(seed)

    @torch.inference_mode()
    def draw(self, prompts, n=1, temperature=1.0, limit=128, batch=384):
        """n completions of each prompt, as lists of texts; one that reaches the limit is None."""
        out = [[] for _ in prompts]
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        size = max(1, batch // n)
        for start in range(0, len(order), size):
            ids = order[start : start + size]
            for i, texts in zip(ids, self.draw_batch([prompts[i] for i in ids], n, temperature, limit)):
                out[i] = texts
        return out

    def prefill(self, prompts, more):
        encoded = [self.tokenizer.encode(p).ids for p in prompts]
        width = max(map(len, encoded))
        pads = torch.tensor([width - len(e) for e in encoded])
        ids = torch.tensor([[0] * (width - len(e)) + e for e in encoded])
        cache = Cache(pads, width + more)
        return cache, cache.step(self.model, ids)

    def draw_batch(self, prompts, n, temperature, limit):
        cache, logits = self.prefill(prompts, limit)
        rows = torch.arange(len(prompts)).repeat_interleave(n)
        cache.take(rows)
        logits = logits[rows]
        done = [None] * len(rows)
        tokens = [[] for _ in rows]
        alive = torch.arange(len(rows))
        for _ in range(limit):
            if temperature == 0:
                chosen = logits.argmax(-1)
            else:
                chosen = torch.multinomial((logits / temperature).softmax(-1), 1, generator=self.random)[:, 0]
            for row, token in zip(alive.tolist(), chosen.tolist()):
                if token == END:
                    done[row] = self.tokenizer.decode(tokens[row])
                else:
                    tokens[row].append(token)
            going = (chosen != END).nonzero()[:, 0]
            if len(going) == 0:
                break
            if len(going) < len(alive):
                alive, chosen = alive[going], chosen[going]
                cache.take(going)
            logits = cache.step(self.model, chosen[:, None])
        return [done[i * n : (i + 1) * n] for i in range(len(prompts))]

    @torch.inference_mode()
    def compare(self, prompts, a, b, batch=256):
        """The probability that a comes next rather than b, by their first tokens, for each prompt."""
        a, b = self.tokenizer.encode(a).ids[0], self.tokenizer.encode(b).ids[0]
        out = [0.0] * len(prompts)
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        for start in range(0, len(order), batch):
            ids = order[start : start + batch]
            _, logits = self.prefill([prompts[i] for i in ids], 1)
            for i, p in zip(ids, (logits[:, a] - logits[:, b]).sigmoid().tolist()):
                out[i] = p
        return out
