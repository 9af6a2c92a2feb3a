"""Unit mean vectors of the texts on standard input, a JSON list: python embed_minilm.py FOLDER."""

import json
import sys

import torch
from tokenizers import Tokenizer
from transformers import AutoModel

tokenizer = Tokenizer.from_file(f"{sys.argv[1]}/tokenizer.json")
tokenizer.no_padding()
tokenizer.enable_truncation(256)
model = AutoModel.from_pretrained(sys.argv[1]).eval()
vectors = []
with torch.no_grad():
    for text in json.load(sys.stdin):
        states = model(torch.tensor([tokenizer.encode(text).ids])).last_hidden_state[0]
        vectors.append(torch.nn.functional.normalize(states.mean(0), dim=0).tolist())
print(json.dumps(vectors))
