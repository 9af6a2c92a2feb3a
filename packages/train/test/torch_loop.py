"""A plain PyTorch training loop of a Llama, to compare Llamero's losses with: python torch_loop.py FOLDER.

FOLDER has run.json (configuration, parameters with their place in params.f32, batches, optimizer, learning rates).
Prints {"losses": [...], "norms": [...]}: mean loss and gradient norm before clipping of every step.
"""

import json
import sys
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F

folder = Path(sys.argv[1])
run = json.loads((folder / "run.json").read_text())
config = run["config"]
raw = numpy.fromfile(folder / "params.f32", dtype="<f4")
torch.set_num_threads(1)

params = {}
start = 0
for spec in run["params"]:
    size = spec["rows"] * spec["cols"]
    shape = [spec["cols"]] if spec["rows"] == 1 and not spec["isMatrix"] else [spec["rows"], spec["cols"]]
    tensor = torch.from_numpy(raw[start : start + size].copy()).reshape(shape)
    params[spec["name"]] = tensor.requires_grad_(spec["trainable"])
    start += size


def linear(x, name):
    y = F.linear(x, params[name])
    if f"{name}.lora_A" in params:
        y = y + run["loraScale"] * F.linear(F.linear(x, params[f"{name}.lora_A"]), params[f"{name}.lora_B"])
    return y


def norm(x, name):
    return F.rms_norm(x, (x.shape[-1],), params[name], config["rmsNormEps"])


def rotate(x, cos, sin):
    left, right = x.chunk(2, dim=-1)
    return torch.cat((left * cos - right * sin, right * cos + left * sin), dim=-1)


def losses_of(batch):
    heads, kv_heads, head_dim = config["numAttentionHeads"], config["numKeyValueHeads"], config["headDim"]
    tokens = torch.tensor(batch["tokens"])
    rows = len(tokens)
    sequence = torch.zeros(rows, dtype=torch.long)
    for first in batch["starts"][1:]:
        sequence[first:] += 1
    mask = (sequence[:, None] == sequence[None, :]).tril()
    frequency = config["ropeTheta"] ** (-torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim)
    angle = torch.tensor(batch["positions"], dtype=torch.float64)[:, None] * frequency.float().double()
    cos, sin = angle.cos().float(), angle.sin().float()
    x = params["model.embed_tokens.weight"][tokens]
    for layer in range(config["numHiddenLayers"]):
        prefix = f"model.layers.{layer}."
        h = norm(x, prefix + "input_layernorm.weight")
        q = linear(h, prefix + "self_attn.q_proj.weight").view(rows, heads, head_dim).transpose(0, 1)
        k = linear(h, prefix + "self_attn.k_proj.weight").view(rows, kv_heads, head_dim).transpose(0, 1)
        v = linear(h, prefix + "self_attn.v_proj.weight").view(rows, kv_heads, head_dim).transpose(0, 1)
        k = rotate(k, cos, sin).repeat_interleave(heads // kv_heads, dim=0)
        v = v.repeat_interleave(heads // kv_heads, dim=0)
        mixed = F.scaled_dot_product_attention(rotate(q, cos, sin), k, v, attn_mask=mask)
        x = x + linear(mixed.transpose(0, 1).reshape(rows, -1), prefix + "self_attn.o_proj.weight")
        h = norm(x, prefix + "post_attention_layernorm.weight")
        gate = F.silu(linear(h, prefix + "mlp.gate_proj.weight"))
        x = x + linear(gate * linear(h, prefix + "mlp.up_proj.weight"), prefix + "mlp.down_proj.weight")
    x = norm(x[torch.tensor(batch["outputRows"])], "model.norm.weight")
    head = "model.embed_tokens.weight" if config["tieWordEmbeddings"] else "lm_head.weight"
    return F.cross_entropy(F.linear(x, params[head]), torch.tensor(batch["targetIds"]), reduction="none")


settings = run["optimizer"]
trained = [spec for spec in run["params"] if spec["trainable"]]
groups = [
    {"params": [params[spec["name"]] for spec in trained if spec["isMatrix"]], "weight_decay": settings["weightDecay"]},
    {"params": [params[spec["name"]] for spec in trained if not spec["isMatrix"]], "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW(
    [group for group in groups if group["params"]],
    betas=(settings["beta1"], settings["beta2"]),
    eps=settings["eps"],
)
losses, norms = [], []
for step, learning_rate in enumerate(run["learningRates"]):
    loss = losses_of(run["batches"][step % len(run["batches"])]).mean()
    optimizer.zero_grad()
    loss.backward()
    every = [params[spec["name"]] for spec in trained]
    norms.append(torch.nn.utils.clip_grad_norm_(every, settings["clipNorm"] or float("inf")).item())
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
    optimizer.step()
    losses.append(loss.item())
print(json.dumps({"losses": losses, "norms": norms}))
