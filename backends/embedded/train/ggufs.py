"""Abacus as a GGUF file: writing one from weights with Hugging Face's names, and reading one back."""

import json
from pathlib import Path

import gguf
import numpy as np
from gguf import GGUFReader, GGUFWriter, TokenType

# ChatML, as many tools know it; the text is what they recognise it by.
CHAT_TEMPLATE = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

NAMES = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}
BACK = {ours: theirs for theirs, ours in NAMES.items()}


def gguf_name(name):
    """model.layers.0.mlp.up_proj.weight -> blk.0.ffn_up.weight"""
    name = name.removeprefix("model.").removesuffix(".weight")
    if name in ("embed_tokens", "norm", "lm_head"):
        return {"embed_tokens": "token_embd", "norm": "output_norm", "lm_head": "output"}[name] + ".weight"
    _, layer, rest = name.split(".", 2)
    return f"blk.{layer}.{NAMES[rest]}.weight"


def hf_name(name):
    name = name.removesuffix(".weight")
    if name in ("token_embd", "output_norm"):
        return {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}[name] + ".weight"
    if name == "output":
        return "lm_head.weight"
    _, layer, rest = name.split(".", 2)
    return f"model.layers.{layer}.{BACK[rest]}.weight"


def interleave(w, heads):
    """Rows from Hugging Face's order for RoPE (halves) to llama.cpp's (neighbours)."""
    return w.reshape(heads, 2, w.shape[0] // heads // 2, w.shape[1]).swapaxes(1, 2).reshape(w.shape)


def halve(w, heads):
    """The inverse of interleave."""
    return w.reshape(heads, w.shape[0] // heads // 2, 2, w.shape[1]).swapaxes(1, 2).reshape(w.shape)


def reorder(name, w, config, how):
    if ".attn_q." in name:
        return how(w, config["num_attention_heads"])
    if ".attn_k." in name:
        return how(w, config["num_key_value_heads"])
    return w


def write(path, config, weights, tokenizer, chat_template=CHAT_TEMPLATE):
    """Writes F32 tensors; config has Hugging Face's keys, tokenizer is the parsed tokenizer.json."""
    w = GGUFWriter(path, "llama")
    w.add_name("Abacus")
    w.add_license("MIT")
    w.add_file_type(gguf.LlamaFileType.ALL_F32)
    w.add_context_length(config["max_position_embeddings"])
    w.add_embedding_length(config["hidden_size"])
    w.add_block_count(config["num_hidden_layers"])
    w.add_feed_forward_length(config["intermediate_size"])
    w.add_head_count(config["num_attention_heads"])
    w.add_head_count_kv(config["num_key_value_heads"])
    w.add_rope_dimension_count(config["hidden_size"] // config["num_attention_heads"])
    w.add_rope_freq_base(config["rope_theta"])
    w.add_layer_norm_rms_eps(config["rms_norm_eps"])
    w.add_vocab_size(config["vocab_size"])

    tokens = [""] * config["vocab_size"]
    types = [TokenType.UNUSED] * config["vocab_size"]
    for token, i in tokenizer["model"]["vocab"].items():
        tokens[i], types[i] = token, TokenType.NORMAL
    for added in tokenizer["added_tokens"]:
        tokens[added["id"]], types[added["id"]] = added["content"], TokenType.CONTROL
    for i, token in enumerate(tokens):
        tokens[i] = token or f"<|unused{i}|>"
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("smollm")
    w.add_token_list(tokens)
    w.add_token_types(types)
    w.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in tokenizer["model"]["merges"]])
    w.add_bos_token_id(config["bos_token_id"])
    w.add_eos_token_id(config["eos_token_id"])
    w.add_pad_token_id(config["pad_token_id"])
    w.add_unk_token_id(config["pad_token_id"])
    w.add_add_bos_token(False)
    w.add_add_space_prefix(False)
    w.add_chat_template(chat_template)

    for name, weight in sorted(weights.items()):
        if name == "lm_head.weight" and config["tie_word_embeddings"]:
            continue
        ours = gguf_name(name)
        w.add_tensor(ours, np.ascontiguousarray(reorder(ours, np.asarray(weight, np.float32), config, interleave)))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def read(path):
    """(config, weights, tokenizer.json as a value, chat template) of a file that write wrote."""
    r = GGUFReader(path)
    value = lambda key: r.fields[key].contents()
    config = {
        "vocab_size": len(value("tokenizer.ggml.tokens")),
        "max_position_embeddings": value("llama.context_length"),
        "hidden_size": value("llama.embedding_length"),
        "num_hidden_layers": value("llama.block_count"),
        "intermediate_size": value("llama.feed_forward_length"),
        "num_attention_heads": value("llama.attention.head_count"),
        "num_key_value_heads": value("llama.attention.head_count_kv"),
        "rope_theta": round(value("llama.rope.freq_base"), 3),
        "rms_norm_eps": float(np.format_float_positional(np.float32(value("llama.attention.layer_norm_rms_epsilon")))),
        "bos_token_id": value("tokenizer.ggml.bos_token_id"),
        "eos_token_id": value("tokenizer.ggml.eos_token_id"),
        "pad_token_id": value("tokenizer.ggml.padding_token_id"),
        "tie_word_embeddings": not any(t.name == "output.weight" for t in r.tensors),
    }
    weights = {}
    for t in r.tensors:
        w = gguf.quants.dequantize(t.data, t.tensor_type)
        weights[hf_name(t.name)] = np.ascontiguousarray(reorder(t.name, w, config, halve), np.float32)
    return config, weights, tokenizer_json(value), value("tokenizer.chat_template")


def tokenizer_json(value):
    """The tokenizer that Hugging Face's library loads."""
    tokens, types = value("tokenizer.ggml.tokens"), value("tokenizer.ggml.token_type")
    special = lambda i, text: {"id": i, "content": text, "single_word": False, "lstrip": False, "rstrip": False,
                               "normalized": False, "special": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None, "post_processor": None,
        "added_tokens": [special(i, t) for i, t in enumerate(tokens) if types[i] == TokenType.CONTROL],
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Digits", "individual_digits": True}, byte_level]},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": {t: i for i, t in enumerate(tokens) if types[i] != TokenType.UNUSED},
            "merges": [m.split(" ") for m in value("tokenizer.ggml.merges")],
        },
    }


def config_of(shape):
    """A Shape, as a dict, with what else the files say."""
    return shape | {"bos_token_id": 0, "pad_token_id": 0, "eos_token_id": 2, "tie_word_embeddings": True}


def write_hf(folder, config, weights, tokenizer, chat_template):
    """Writes a folder that transformers' AutoModelForCausalLM and AutoTokenizer load."""
    from safetensors.numpy import save_file

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    token = {t["id"]: t["content"] for t in tokenizer["added_tokens"]}
    files = {
        "config.json": {
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "attention_bias": False,
            "mlp_bias": False, "rope_scaling": None, "torch_dtype": "float32", "initializer_range": 0.02,
            "head_dim": config["hidden_size"] // config["num_attention_heads"]} | config,
        "generation_config.json": {k: config[k] for k in ("bos_token_id", "eos_token_id", "pad_token_id")},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": False, "clean_up_tokenization_spaces": False,
            "model_max_length": config["max_position_embeddings"], "chat_template": chat_template,
            "bos_token": token[config["bos_token_id"]], "eos_token": token[config["eos_token_id"]],
            "pad_token": token[config["pad_token_id"]]},
        "tokenizer.json": tokenizer,
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def read_hf(folder):
    """(config, weights, tokenizer, chat template) of such a folder, also after a trainer saved it."""
    import torch
    from safetensors.torch import load_file

    folder = Path(folder)
    said = json.loads((folder / "config.json").read_text())
    rope = said.get("rope_theta") or (said.get("rope_parameters") or {}).get("rope_theta", 10000.0)
    config = {k: said[k] for k in (
        "vocab_size", "max_position_embeddings", "hidden_size", "num_hidden_layers", "intermediate_size",
        "num_attention_heads", "num_key_value_heads", "rms_norm_eps", "tie_word_embeddings")} | {"rope_theta": rope}
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    ids = {t["content"]: t["id"] for t in tokenizer["added_tokens"]}
    about = json.loads((folder / "tokenizer_config.json").read_text())
    for key in ("bos_token", "eos_token", "pad_token"):
        text = about.get(key) or "<|endoftext|>"
        config[key + "_id"] = ids[text if isinstance(text, str) else text["content"]]
    template = folder / "chat_template.jinja"
    chat = template.read_text() if template.exists() else about["chat_template"]
    weights = {k: v.to(torch.float32).numpy() for k, v in load_file(folder / "model.safetensors").items()}
    return config, weights, tokenizer, chat
