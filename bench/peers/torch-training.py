"""Training steps of a Llama in plain PyTorch on the CPU; the other half of bench/training.bench.ts.

    python bench/peers/torch-training.py --shape '{"layers": 6, ...}' [--threads 2] [--compile] [--bf16]

Reads one line from standard input for each step to run and answers with its seconds, processor time and loss as JSON. Tied embeddings,
scaled_dot_product_attention, fused AdamW, clipping to 1: what a good plain loop has.
"""
import argparse
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--shape", required=True)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--compile", action="store_true")
parser.add_argument("--bf16", action="store_true")
args = parser.parse_args()
shape = json.loads(args.shape)
torch.set_num_threads(args.threads)
torch.manual_seed(1)

hidden, heads, kv_heads, head_dim = (shape[name] for name in ("hidden", "heads", "kvHeads", "headDim"))
sequences, length = shape["sequences"], shape["length"]
angles = torch.arange(length)[:, None] * 10000 ** (-torch.arange(0, head_dim, 2) / head_dim)
cos, sin = angles.cos(), angles.sin()


def rotate(x):
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.RMSNorm(hidden, eps=1e-5), nn.RMSNorm(hidden, eps=1e-5)
        self.q = nn.Linear(hidden, heads * head_dim, bias=False)
        self.k = nn.Linear(hidden, kv_heads * head_dim, bias=False)
        self.v = nn.Linear(hidden, kv_heads * head_dim, bias=False)
        self.o = nn.Linear(heads * head_dim, hidden, bias=False)
        self.gate = nn.Linear(hidden, shape["inner"], bias=False)
        self.up = nn.Linear(hidden, shape["inner"], bias=False)
        self.down = nn.Linear(shape["inner"], hidden, bias=False)

    def forward(self, x):
        split = lambda y: y.view(sequences, length, -1, head_dim).transpose(1, 2)  # noqa: E731
        h = self.norm1(x)
        q, k, v = rotate(split(self.q(h))), rotate(split(self.k(h))), split(self.v(h))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=heads != kv_heads)
        x = x + self.o(y.transpose(1, 2).reshape(sequences, length, -1))
        h = self.norm2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(shape["vocabulary"], hidden)
        nn.init.normal_(self.embed.weight, std=0.02)
        self.blocks = nn.ModuleList(Block() for _ in range(shape["layers"]))
        self.norm = nn.RMSNorm(hidden, eps=1e-5)

    def forward(self, tokens, targets):
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x)
        return F.cross_entropy(F.linear(self.norm(x), self.embed.weight).flatten(0, 1), targets.flatten())


model = Model()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
forward = torch.compile(model) if args.compile else model
tokens, targets = torch.randint(shape["vocabulary"], (2, sequences, length))


def step():
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.bf16):
        loss = forward(tokens, targets)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return loss.item()


for _ in sys.stdin:
    start, processor = time.perf_counter(), time.process_time()
    loss = step()
    taken = {"seconds": time.perf_counter() - start, "processor": time.process_time() - processor, "loss": loss}
    print(json.dumps(taken), flush=True)
