"""Makes a small SentencePiece model with rules of its own, and its ids: python make_spm.py (in this folder)."""

import json
import pathlib
import sys

import sentencepiece

FOLDER = pathlib.Path("tiny-spm")
LINES = [
    "The river runs past the old mill.", "O rio corre junto ao moinho velho.", "La rivière coule près du vieux moulin.",
    "Der Fluß fließt an der alten Mühle vorbei.", "川は古い水車小屋のそばを流れる。", "नदी पुरानी चक्की के पास बहती है।",
] * 4
# What becomes what, in code points: wide letters, a ligature, a thin space, a soft hyphen that goes.
RULES = [("FF21", "0041"), ("FF22", "0042"), ("FB01", "0066 0069"), ("2009", "0020"), ("00AD", ""), ("0041 030A", "00C5")]
TEXTS = [
    *LINES[:6], "", " ", "  two  spaces ", "\uff21\uff22 \ufb01ne", "thin\u2009space", "soft\u00adhyphen", "A\u030a", "🙂🙂 x", "the [CLS] mill", "mill." * 9,
]
tsv = FOLDER / "rules.tsv"
tsv.write_text("".join(f"{a}\t{b}\n" for a, b in RULES))
(FOLDER / "lines.txt").write_text("\n".join(LINES))
sentencepiece.SentencePieceTrainer.train(
    input=str(FOLDER / "lines.txt"), model_prefix=str(FOLDER / "spm"), model_type="unigram", vocab_size=80, normalization_rule_tsv=str(tsv),
    pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]", minloglevel=2,
)
for extra in (tsv, FOLDER / "lines.txt", FOLDER / "spm.vocab"):
    extra.unlink()
processor = sentencepiece.SentencePieceProcessor(model_file=str(FOLDER / "spm.model"))
ids = [[1, *processor.encode(text), 2] for text in TEXTS]
(FOLDER / "expected.json").write_text(json.dumps({"texts": TEXTS, "ids": ids}))
