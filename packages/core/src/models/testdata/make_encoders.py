"""Makes the tiny random encoders and what transformers computes with them: python make_encoders.py (in this folder)."""

import json
import pathlib

import torch
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, DebertaV2Config, DebertaV2ForSequenceClassification

torch.manual_seed(7)
torch.set_num_threads(1)
HERE = pathlib.Path(".")
TEXTS = [
    "The river runs past the old mill.",
    "O rio corre junto ao moinho velho.",
    "La rivière coule près du vieux moulin, déjà!",
    "Der Fluß fließt an der alten Mühle vorbei.",
    "El río corre junto al molino; ¿lo ves?",
    "Il fiume scorre accanto al vecchio mulino.",
    "नदी पुरानी चक्की के पास बहती है।",
    "แม่น้ำไหลผ่านโรงสีเก่า",
    "川は古い水車小屋のそばを流れる。",
    "النهر يجري بجانب الطاحونة القديمة",
    "", "  two  spaces\tand\nlines ", "e\u0301 \u0130I \u03a3\u0391\u03a3 \u2028 x\u200by", "\u201cquotes\u201d $5.00 <b>^_^</b>",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1f5\U0001f1f9 \u4e2d\u6587\ud55c\uad6d", "word " * 30,
]
SPECIAL = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
AROUND = dict(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])


def save(folder, tokenizer, model, extra):
    path = HERE / folder
    path.mkdir(exist_ok=True)
    model.save_pretrained(path)
    (path / "tokenizer.json").write_text(tokenizer.to_str(pretty=False))
    ids = [tokenizer.encode(text).ids for text in TEXTS]
    (path / "expected.json").write_text(json.dumps({"texts": TEXTS, "ids": ids, **extra(ids)}))


def rounded(tensor):
    return [round(x, 7) for x in tensor.tolist()]


wordpiece = Tokenizer(models.WordPiece(unk_token="[UNK]"))
wordpiece.normalizer = normalizers.BertNormalizer()
wordpiece.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
wordpiece.train_from_iterator(TEXTS, trainers.WordPieceTrainer(vocab_size=260, special_tokens=SPECIAL, show_progress=False))
wordpiece.post_processor = processors.TemplateProcessing(**AROUND)
bert = BertModel(BertConfig(
    vocab_size=wordpiece.get_vocab_size(), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
    max_position_embeddings=96, initializer_range=0.4,
)).eval()


def bert_values(ids):
    vectors = []
    with torch.no_grad():
        for row in ids:
            mean = bert(torch.tensor([row])).last_hidden_state[0].mean(0)
            vectors.append(rounded(torch.nn.functional.normalize(mean, dim=0)))
    return {"vectors": vectors}


save("tiny-bert", wordpiece, bert, bert_values)

unigram = Tokenizer(models.Unigram())
unigram.normalizer = normalizers.Sequence([normalizers.Strip(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
unigram.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
unigram.train_from_iterator(TEXTS[:8], trainers.UnigramTrainer(vocab_size=160, special_tokens=SPECIAL, unk_token="[UNK]", show_progress=False))
unigram.post_processor = processors.TemplateProcessing(**AROUND)
deberta = DebertaV2ForSequenceClassification(DebertaV2Config(
    vocab_size=unigram.get_vocab_size(), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
    max_position_embeddings=96, relative_attention=True, position_buckets=8, norm_rel_ebd="layer_norm", share_att_key=True,
    pos_att_type=["p2c", "c2p"], position_biased_input=False, type_vocab_size=0, initializer_range=0.4,
    id2label={0: "BENIGN", 1: "INJECTION", 2: "JAILBREAK"}, label2id={"BENIGN": 0, "INJECTION": 1, "JAILBREAK": 2},
)).eval()


def deberta_values(ids):
    with torch.no_grad():
        return {"logits": [rounded(deberta(torch.tensor([row])).logits[0]) for row in ids]}


save("tiny-deberta", unigram, deberta, deberta_values)
