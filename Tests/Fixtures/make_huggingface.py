"""Writes huggingface/: tiny random GPT-2s as transformers saves them, and the logits it computes.

    python make_huggingface.py        # needs torch, transformers, tokenizers
"""
import pathlib
import shutil

import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import GPT2Config, GPT2LMHeadModel

HERE = pathlib.Path(__file__).parent / "huggingface"
MODELS = {
    "tied_tanh": dict(n_layer=2, n_head=2, vocab_size=264, activation_function="gelu_new"),
    "own_erf": dict(
        n_layer=1, n_head=4, vocab_size=261, activation_function="gelu", tie_word_embeddings=False
    ),
}
# As transformers takes them; every position, and ids from all parts of the vocabulary.
INPUTS = [(17 * i * i + 5 * i) % 261 for i in range(16)]

tokenizer = ByteLevelBPETokenizer()
tokenizer.train_from_iterator(
    ["the cat sat on the mat, the cat"] * 2, vocab_size=261, special_tokens=["<|endoftext|>"]
)
for index, (name, options) in enumerate(MODELS.items()):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(index)
    config = GPT2Config(n_embd=16, n_positions=16, bos_token_id=0, eos_token_id=0, **options)
    model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            parameter.normal_(1.0 if ".ln_" in parameter_name and "weight" in parameter_name else 0.0, 0.3)
        logits = model(torch.tensor([INPUTS])).logits[0]
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    logits.numpy().astype("<f4").tofile(folder / "logits.f32")
