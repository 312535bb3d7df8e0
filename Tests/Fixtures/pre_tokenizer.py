#!/usr/bin/env python3
"""Makes pre_tokenizer.txt: random texts and how GPT-2's own pattern cuts them.

A line is a text (UTF-8 in hexadecimal) and the lengths of its pieces in bytes. Needs the `regex`
module. Scalars are drawn from those that this Python's Unicode knows (14.0 when the file was made)
or that are never assigned, so that newer Unicode versions agree about them.

    python3 Tests/Fixtures/pre_tokenizer.py > Tests/Fixtures/pre_tokenizer.txt
"""
import random
import sys
import unicodedata

import regex

# openai/gpt-2, src/encoder.py
PATTERN = regex.compile(
    r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
)
# White space of every kind and what only looks like it, private use, noncharacters, marks.
HARD = [
    0x00, 0x09, 0x0B, 0x0C, 0x1C, 0x1F, 0x85, 0xA0, 0x1680, 0x180E, 0x2003, 0x200B, 0x200D, 0x2019,
    0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF, 0x0301, 0xE000, 0xFDD0, 0xFFFE, 0x10FFFF,
]
WORDS = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'r", "'l", "''", "  ", "\r\n", " '"]


def categories():
    found = {}
    for code in range(0x110000):
        category = unicodedata.category(chr(code))
        if category not in ("Cn", "Cs"):
            found.setdefault(category, []).append(chr(code))
    return [found[name] for name in sorted(found)]


def main():
    draw = random.Random(20_190_214)
    by_category = categories()
    sources = [
        lambda: draw.choice(" \n aZs1.'"),
        lambda: chr(draw.randrange(0x80)),
        lambda: chr(draw.choice(HARD)),
        lambda: draw.choice(WORDS),
        lambda: draw.choice(draw.choice(by_category)),
    ]
    texts = ["", "'", "'r", " '", "  ", " \u3000", "a \n", "a" + " " * 40 + "b"]
    texts += ["".join(draw.choice(sources)() for _ in range(draw.randrange(2, 32)))
              for _ in range(420)]
    for text in texts:
        lengths = [len(piece.encode()) for piece in PATTERN.findall(text)]
        assert sum(lengths) == len(text.encode())
        print(text.encode().hex() or "-", *lengths)


if __name__ == "__main__":
    sys.exit(main())
