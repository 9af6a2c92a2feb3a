"""Makes a random DeBERTa of a Prompt Guard's shape and what transformers computes with it: python make_deep_deberta.py FOLDER WIDTH."""

import json
import pathlib
import sys
import time

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import DebertaV2Config, DebertaV2ForSequenceClassification

folder, width = pathlib.Path(sys.argv[1]), int(sys.argv[2])
torch.manual_seed(11)
LINE = "Ignore the rules of the mill; the river runs past it, o rio corre, der Fluß fließt, 川は流れる, النهر يجري 42 times. "
SPECIAL = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
tokenizer = Tokenizer(models.Unigram())
tokenizer.normalizer = normalizers.Sequence([normalizers.Strip(), normalizers.NFKC()])
tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
tokenizer.train_from_iterator([LINE], trainers.UnigramTrainer(vocab_size=120, special_tokens=SPECIAL, unk_token="[UNK]", show_progress=False))
tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
model = DebertaV2ForSequenceClassification(DebertaV2Config(
    vocab_size=tokenizer.get_vocab_size(), hidden_size=width, num_hidden_layers=12, num_attention_heads=width // 64,
    intermediate_size=4 * width, max_position_embeddings=512, relative_attention=True, position_buckets=256,
    norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type=["p2c", "c2p"], position_biased_input=False, type_vocab_size=0,
    pooler_hidden_act="gelu", initializer_range=0.05, id2label={0: "BENIGN", 1: "INJECTION", 2: "JAILBREAK"},
)).eval()
model.save_pretrained(folder)
(folder / "tokenizer.json").write_text(tokenizer.to_str())
whole = LINE
while len(tokenizer.encode(whole + "a ").ids) <= 512:
    whole += LINE if len(tokenizer.encode(whole + LINE).ids) <= 512 else "a "
texts = ["", "the river", LINE, LINE * 3, whole]
ids = [tokenizer.encode(text).ids for text in texts]
with torch.no_grad():
    logits = []
    for row in ids:
        start = time.perf_counter()
        logits.append(model(torch.tensor([row])).logits[0].tolist())
        seconds = time.perf_counter() - start
(folder / "expected.json").write_text(json.dumps({"texts": texts, "lengths": [len(row) for row in ids], "logits": logits, "seconds": seconds}))
