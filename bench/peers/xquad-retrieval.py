"""Recall of bench/xquad-retrieval.ts with transformers and the pooling of sentence-transformers: mean of the states, unit length.

xquad-retrieval.py XQUAD.json MODEL_FOLDER [NUM_QUESTIONS]
"""

import json
import sys

import torch
from transformers import AutoModel, AutoTokenizer

torch.set_num_threads(2)
file, folder = sys.argv[1:3]
data = json.load(open(file))["data"]
paragraphs = [p for article in data for p in article["paragraphs"]]
questions = [(q["question"], at) for at, p in enumerate(paragraphs) for q in p["qas"]]
questions = questions[: int(sys.argv[3]) if len(sys.argv) > 3 else len(questions)]
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModel.from_pretrained(folder).eval()


@torch.inference_mode()
def embed(texts):
    parts = []
    for at in range(0, len(texts), 32):
        batch = tokenizer(texts[at : at + 32], padding=True, truncation=True, max_length=256, return_tensors="pt")
        states = model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1).float()
        mean = (states * mask).sum(1) / mask.sum(1)
        parts.append(torch.nn.functional.normalize(mean, dim=1))
    return torch.cat(parts)


scores = embed([q for q, _ in questions]) @ embed([p["context"] for p in paragraphs]).T
best = scores.topk(5, dim=1).indices
hits = sum(int(at in row.tolist()) for row, (_, at) in zip(best, questions))
print(json.dumps({"paragraphs": len(paragraphs), "questions": len(questions), "recall_at_5": round(hits / len(questions), 4)}))
