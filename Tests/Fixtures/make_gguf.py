"""Makes the files in gguf/ with llama.cpp's own packages: pip install gguf llama-cpp-python

<format>.bin    512 floats, their blocks by the reference quantiser where gguf has one (else blocks
                of random bytes), and the floats that the blocks stand for
model.gguf      a GPT-2 with random weights, as llama.cpp's converter writes it
model.json      token ids and llama.cpp's logits of the tokens that follow them
"""

import json
import pathlib

import gguf
import numpy as np
from gguf import quants

folder = pathlib.Path(__file__).parent / "gguf"
random = np.random.default_rng(5)


def random_blocks(kind, count):
    """Any bytes are quants, but scales must be sensible halves."""
    length, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (count // length, size), dtype=np.uint8)
    places = {"Q2_K": [80, 82], "Q3_K": [108], "Q6_K": [208], "IQ4_NL": [0], "IQ4_XS": [0]}
    places = places.get(kind.name, [0, 2])
    for place in places:
        scales = random.normal(0, 0.01, len(blocks)).astype(np.float16)
        blocks[:, place : place + 2] = scales.view(np.uint8).reshape(-1, 2)
    return blocks


def write_formats(*kinds):
    values = random.normal(0, 0.05, 512).astype(np.float32)
    values[32:64] = 0
    values[64:96] = 1e-7
    values[96] = -3
    for kind in kinds:
        kind = gguf.GGMLQuantizationType[kind]
        try:
            blocks = quants.quantize(values, kind)
        except NotImplementedError:
            blocks = random_blocks(kind, values.size)
        floats = quants.dequantize(blocks, kind)
        data = values.tobytes() + blocks.tobytes() + floats.astype(np.float32).tobytes()
        (folder / f"{kind.name.lower()}.bin").write_bytes(data)


def byte_alphabet():
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    names = {byte: chr(byte) for byte in printable}
    names |= {byte: chr(0x100 + index) for index, byte in enumerate(others)}
    return [names[byte] for byte in range(256)]


def write_model():
    width, context, layers, heads = 32, 12, 2, 4
    tokens = byte_alphabet() + ["th", "Ġth", "Ġthe", "<|endoftext|>"]
    writer = gguf.GGUFWriter(folder / "model.gguf", "gpt2")
    writer.add_name("Random")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(4 * width)
    writer.add_head_count(heads)
    writer.add_layer_norm_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * 259 + [3])
    writer.add_token_merges(["t h", "Ġ th", "Ġth e"])
    writer.add_bos_token_id(259)
    writer.add_eos_token_id(259)

    def add(name, *shape, mean=0.0, kind=gguf.GGMLQuantizationType.F32):
        values = random.normal(mean, 0.2, shape).astype(np.float32)
        writer.add_tensor(name, quants.quantize(values, kind), raw_dtype=kind)

    half, eight = gguf.GGMLQuantizationType.F16, gguf.GGMLQuantizationType.Q8_0
    five = gguf.GGMLQuantizationType.Q5_0
    add("token_embd.weight", len(tokens), width, kind=eight)
    add("position_embd.weight", context, width)
    add("output.weight", len(tokens), width, kind=half)
    for block in range(layers):
        for norm in ["attn_norm", "ffn_norm"]:
            add(f"blk.{block}.{norm}.weight", width, mean=1)
            add(f"blk.{block}.{norm}.bias", width)
        for name, rows, columns, kind in [
            ("attn_qkv", 3 * width, width, half),
            ("attn_output", width, width, eight),
            ("ffn_up", 4 * width, width, five),
            ("ffn_down", width, 4 * width, gguf.GGMLQuantizationType.Q4_0),
        ]:
            add(f"blk.{block}.{name}.weight", rows, columns, kind=kind)
            add(f"blk.{block}.{name}.bias", rows)
    add("output_norm.weight", width, mean=1)
    add("output_norm.bias", width)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_logits():
    from llama_cpp import Llama

    model = Llama(str(folder / "model.gguf"), n_ctx=256, logits_all=True, verbose=False)
    text = "Is the th\u00e9 hot?"
    tokens = model.tokenize(text.encode(), add_bos=False)
    assert len(tokens) <= 12
    model.eval(tokens)
    logits = [round(float(value), 4) for value in np.array(model.scores[: len(tokens)]).ravel()]
    content = {"text": text, "tokens": tokens, "logits": logits}
    (folder / "model.json").write_text(json.dumps(content) + "\n")


folder.mkdir(exist_ok=True)
write_formats("F16", "BF16", "Q8_0", "Q4_0", "Q5_0", "Q4_K", "Q5_K", "Q6_K")
write_model()
write_logits()
write_formats("Q4_1", "Q5_1", "Q2_K", "Q3_K", "IQ4_NL", "IQ4_XS")
