"""Encodes with, or trains, a tokenizer of Hugging Face's `tokenizers`.

huggingface.py encode TOKENIZER_JSON < JSON list of texts > JSON list of lists of ids
huggingface.py train NUM_TOKENS MIN_COUNT PATTERN < JSON list of texts > JSON list of merges, spelled "left right"
"""

import json
import sys

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

texts = json.load(sys.stdin)
if sys.argv[1] == "encode":
    tokenizer = Tokenizer.from_file(sys.argv[2])
    out = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
else:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(sys.argv[4]), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=int(sys.argv[2]),
        min_frequency=int(sys.argv[3]),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    out = [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]
json.dump(out, sys.stdout)
