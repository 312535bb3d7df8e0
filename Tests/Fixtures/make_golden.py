#!/usr/bin/env python3
"""Makes the golden files in golden/: small random GPTs in plain PyTorch, and what they compute.

    python3 make_golden.py        (needs torch and numpy; any recent release)

Each variant gives NAME.json (configuration, tokens, losses, and where each array lies) and
NAME.f32 (little-endian float32: parameters, logits of every position, gradients of the mean loss).
PyTorch computes in double precision, so that the files hold true values and are the same on every
machine; parameters are float32 numbers.
"""

import json
import math
import pathlib

import numpy
import torch
import torch.nn.functional as functional

FOLDER = pathlib.Path(__file__).parent / "golden"
IGNORED = -1
STEPS = 10

COMMON = dict(layers=2, heads=2, width=24, positions=16, vocabulary=60, usedVocabulary=60,
              rows=3, columns=13, ignored=0)
VARIANTS = {
    "tied_bias_tanh": dict(bias=True, activation="gelu_tanh", tied=True, headBias=False),
    "tied_nobias_erf": dict(bias=False, activation="gelu_erf", tied=True, headBias=False,
                            usedVocabulary=57, ignored=4),
    "tied_bias_relu": dict(bias=True, activation="relu", tied=True, headBias=False,
                           heads=3, columns=16),
    "own_bias_erf": dict(bias=True, activation="gelu_erf", tied=False, headBias=True,
                         usedVocabulary=58, ignored=7),
    "own_nobias_relu": dict(bias=False, activation="relu", tied=False, headBias=True, heads=1),
    "own_nobias_tanh": dict(bias=False, activation="gelu_tanh", tied=False, headBias=False,
                            layers=3, width=16),
}


def make_parameters(c, generator):
    """GPT-2's names in GPT-2's order; linear weights [out, in]. Every value is random, biases and
    norms too, so that none of them can be left out unnoticed."""
    parameters = {}

    def normal(name, *shape, mean=0.0, deviation=0.15):
        values = mean + deviation * torch.randn(*shape, generator=generator)
        parameters[name] = values.double().requires_grad_()

    def norm(name):
        normal(name + ".weight", width, mean=1.0, deviation=0.2)
        if c["bias"]:
            normal(name + ".bias", width)

    def linear(name, out, into):
        normal(name + ".weight", out, into)
        if c["bias"]:
            normal(name + ".bias", out)

    width = c["width"]
    normal("wte.weight", c["vocabulary"], width)
    normal("wpe.weight", c["positions"], width)
    for layer in range(c["layers"]):
        norm(f"h.{layer}.ln_1")
        linear(f"h.{layer}.attn.c_attn", 3 * width, width)
        linear(f"h.{layer}.attn.c_proj", width, width)
        norm(f"h.{layer}.ln_2")
        linear(f"h.{layer}.mlp.c_fc", 4 * width, width)
        linear(f"h.{layer}.mlp.c_proj", width, 4 * width)
    norm("ln_f")
    if not c["tied"]:
        normal("lm_head.weight", c["vocabulary"], width)
        if c["headBias"]:
            normal("lm_head.bias", c["vocabulary"])
    return parameters


ACTIVATIONS = {
    "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "gelu_erf": functional.gelu,
    "relu": functional.relu,
}


def forward(c, p, tokens):
    """Logits of the used vocabulary, rows x columns x V."""
    rows, columns = tokens.shape
    width, heads = c["width"], c["heads"]

    def linear(name, x):
        return functional.linear(x, p[name + ".weight"], p.get(name + ".bias"))

    def norm(name, x):
        return functional.layer_norm(x, (width,), p[name + ".weight"], p.get(name + ".bias"), 1e-5)

    x = p["wte.weight"][tokens] + p["wpe.weight"][:columns]
    hidden_future = torch.ones(columns, columns, dtype=torch.bool).triu(1)
    for layer in range(c["layers"]):
        block = f"h.{layer}."
        query, key, value = (
            part.view(rows, columns, heads, width // heads).transpose(1, 2)
            for part in linear(block + "attn.c_attn", norm(block + "ln_1", x)).split(width, dim=2))
        scores = query @ key.transpose(2, 3) / math.sqrt(width // heads)
        weights = scores.masked_fill(hidden_future, -math.inf).softmax(dim=3)
        attended = (weights @ value).transpose(1, 2).reshape(rows, columns, width)
        x = x + linear(block + "attn.c_proj", attended)
        hidden = linear(block + "mlp.c_fc", norm(block + "ln_2", x))
        x = x + linear(block + "mlp.c_proj", ACTIVATIONS[c["activation"]](hidden))
    used = c["usedVocabulary"]
    head = p["wte.weight" if c["tied"] else "lm_head.weight"][:used]
    bias = p["lm_head.bias"][:used] if c["headBias"] else None
    return functional.linear(norm("ln_f", x), head, bias)


def mean_loss(c, p, tokens, targets):
    logits = forward(c, p, tokens)
    loss = functional.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)
    return logits, loss


def train(c, p, tokens, targets):
    """Losses of AdamW steps on one batch, each before its update; clipped to a norm of 1."""
    optimizer = torch.optim.AdamW(
        [dict(params=[x for x in p.values() if x.dim() >= 2], weight_decay=0.1),
         dict(params=[x for x in p.values() if x.dim() < 2], weight_decay=0.0)],
        lr=1e-3, betas=(0.9, 0.95), eps=1e-8)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        _, loss = mean_loss(c, p, tokens, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(p.values()), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


def make(name, c, seed):
    generator = torch.Generator().manual_seed(seed)
    p = make_parameters(c, generator)
    used = c["usedVocabulary"]
    shape = (c["rows"], c["columns"])
    tokens = torch.randint(used, shape, generator=generator)
    targets = torch.randint(used, shape, generator=generator)
    ignored = torch.randperm(targets.numel(), generator=generator)[:c["ignored"]]
    targets.view(-1)[ignored] = IGNORED

    logits, loss = mean_loss(c, p, tokens, targets)
    loss.backward()
    arrays, chunks, offset = {}, [], 0

    def store(key, values):
        nonlocal offset
        values = values.detach().numpy().astype("<f4").reshape(-1)
        arrays[key] = [offset, values.size]
        chunks.append(values)
        offset += values.size

    for key, value in p.items():
        store("parameters/" + key, value)
    store("logits", logits)
    for key, value in p.items():
        store("gradients/" + key, value.grad)
    description = dict(
        configuration=c, inputs=tokens.flatten().tolist(), targets=targets.flatten().tolist(),
        loss=loss.item(), losses=train(c, p, tokens, targets), arrays=arrays)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.f32").write_bytes(numpy.concatenate(chunks).tobytes())
    (FOLDER / f"{name}.json").write_text(json.dumps(description) + "\n")


if __name__ == "__main__":
    for number, (name, changes) in enumerate(VARIANTS.items()):
        make(name, COMMON | changes, seed=1000 + number)
