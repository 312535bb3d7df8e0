#!/usr/bin/env python3
"""Makes the folder tokenizers: what Hugging Face's tokenizers library learns and encodes.

text.txt is generated text with awkward white space; learned.json and the pair vocab.json, merges.txt
are what ByteLevelBPETokenizer learns from it (vocabulary 600, minimum frequency 2). The other .json
files are small tokenizers of every supported form, and cases.txt has a line for each text that they
encode: name of the file, UTF-8 in hexadecimal, ids. Made with tokenizers 0.23.3.

    pip install tokenizers
    python3 Tests/Fixtures/make_tokenizers.py Tests/Fixtures/tokenizers
"""
import json
import os
import random
import sys
import unicodedata

from tokenizers import (AddedToken, ByteLevelBPETokenizer, Regex, Tokenizer, decoders, models,
                        normalizers, pre_tokenizers, processors, trainers)

MODERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s"
          r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
SPECIAL = ["<|endoftext|>", "<pad>"]
# White space, marks, numbers and letters that pre-tokenizers and normalizers disagree about.
HARD = [
    0x09, 0x0B, 0x0D, 0x1C, 0x85, 0xA0, 0x200B, 0x200D, 0x2019, 0x2028, 0x202F, 0x3000, 0xFEFF,
    0x0301, 0x0323, 0x660, 0xB2, 0xBE, 0x2167, 0x1D7D8, 0x1F600, 0x20000, 0x1C5, 0xAC00, 0x3042,
    0x17F, 0x212A, 0x1100, 0x1161, 0x11A8, 0xE000, 0x10FFFF,
]
PIECES = SPECIAL + [
    "<mask>", "<right>", "<both>", "<|im|>", "<|im|>x", "<|im|", "word", "abc", "abcd", "ab", "\u01d8",
    "u\u0308\u0301", "e\u0301", "'s", "'S", "'ll", "'LL", "'Re", "'\u017f", "'d", "  ", "\r\n", "\n\n", " \n ",
    "123", "1234567", " ", " ", "\n", "a", "Z", "!", "..",
]


def text(draw):
    words = ["".join(draw.choice("etaoinshr") for _ in range(draw.randrange(1, 6)))
             for _ in range(120)] + ["größe", "中文", "don't", "x\ty"]
    lines = []
    for _ in range(160):
        line = " ".join(draw.choice(words) for _ in range(draw.randrange(1, 12)))
        lines.append(line + draw.choice([".\n", "!\n", "\n\n", "  \n", "\n   ", "\r\n", " 2024\n"]))
    return "".join(lines)


def split(expression):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(expression), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def learned(path, pre_tokenizer, **options):
    tokenizer = Tokenizer(models.BPE(**options))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train([path], trainers.BpeTrainer(
        vocab_size=330, min_frequency=2, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def with_added_tokens(tokenizer):
    tokenizer.add_special_tokens([
        AddedToken("<mask>", lstrip=True), AddedToken("<right>", rstrip=True),
        AddedToken("<both>", lstrip=True, rstrip=True), "<|im|>", "<|im|>x"])
    tokenizer.add_tokens([
        AddedToken("word", single_word=True), AddedToken("abc"),
        AddedToken("abcd", normalized=False), AddedToken("ab"), AddedToken("\u01d8")])
    return tokenizer


def tokenizers(path):
    gpt2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
    llama3, qwen2 = split(MODERN % "{1,3}"), split(MODERN % "")
    found = {
        "gpt2": learned(path, gpt2),
        "gpt2_added": with_added_tokens(learned(path, gpt2)),
        "prefix_space": learned(path, pre_tokenizers.ByteLevel(add_prefix_space=True)),
        "whole": learned(path, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)),
        "llama3_added": with_added_tokens(learned(path, llama3)),
    }
    composing = with_added_tokens(learned(path, qwen2))
    composing.normalizer = normalizers.NFC()
    composing.post_processor = processors.TemplateProcessing(
        single="<pad> $A <|endoftext|>", special_tokens=[("<pad>", 1), ("<|endoftext|>", 0)])
    found["qwen2_nfc_template"] = composing
    # Tokens that the merges do not reach, merges as single strings, an id beyond a gap.
    tree = json.loads(learned(path, qwen2, ignore_merges=True).to_str())
    model = tree["model"]
    model["merges"] = [" ".join(pair) for pair in model["merges"][:30]]
    last = max(model["vocab"], key=model["vocab"].get)
    model["vocab"][last] += 7
    found["whole_pieces_gap"] = tree
    return found


def cases(draw):
    def piece():
        if draw.randrange(3):
            return draw.choice(PIECES)
        code = draw.choice(HARD) if draw.randrange(2) else draw.randrange(0x3000)
        # Never assigned or assigned long ago, so that newer Unicode versions agree.
        return chr(code) if unicodedata.category(chr(code)) != "Cn" else "?"
    yield from ["", " ", "\n", "<pad>", " <mask> <mask>", "a <right>  <both>  b", "words word"]
    for _ in range(40):
        yield "".join(piece() for _ in range(draw.randrange(2, 25)))


def main(folder):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "text.txt")
    with open(path, "w", newline="", encoding="utf-8") as file:
        file.write(text(random.Random(20_151_115)))
    reference = ByteLevelBPETokenizer(add_prefix_space=False)
    reference.train(path, vocab_size=600, min_frequency=2, special_tokens=["<s>", "<pad>", "</s>"],
                    show_progress=False)
    reference.save(os.path.join(folder, "learned.json"))
    reference.save_model(folder)
    texts = list(cases(random.Random(20_160_807)))
    with open(os.path.join(folder, "cases.txt"), "w", encoding="ascii") as output:
        for name, form in tokenizers(path).items():
            source = json.dumps(form, ensure_ascii=False) if isinstance(form, dict) \
                else form.to_str()
            with open(os.path.join(folder, f"{name}.json"), "w", encoding="utf-8") as file:
                file.write(source)
            tokenizer = Tokenizer.from_str(source)
            for case in texts:
                ids = tokenizer.encode(case).ids
                print(name, case.encode().hex() or "-", *ids, file=output)


if __name__ == "__main__":
    main(sys.argv[1])
