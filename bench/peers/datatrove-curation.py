"""
Peer of bench/compare-curation.bench.ts: filters and MinHash of datatrove over JSON lines; prints one line of JSON.

Usage: python datatrove-curation.py {filters|minhash} FOLDER PROCESSES [OUT]

spaCy, datatrove's tokenizer for English, is not needed: a regular expression stands in, which takes far less time, so
the figure is above that of the defaults. Everything else is as datatrove has it.
"""

import json
import re
import shutil
import sys
import tempfile
import time
from multiprocessing import get_context

from loguru import logger

logger.remove()

from datatrove.pipeline.dedup.minhash import (  # noqa: E402
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.filters import (  # noqa: E402
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.readers import JsonlReader  # noqa: E402
from datatrove.pipeline.writers import JsonlWriter  # noqa: E402
from datatrove.utils.hashing import HashConfig  # noqa: E402
from datatrove.utils.word_tokenizers import WordTokenizer  # noqa: E402

WORDS = re.compile(r"\w+|[^\w\s]")
SENTENCES = re.compile(r"[^.!?\n]+[.!?\n]*")


class RegexTokenizer(WordTokenizer):
    def word_tokenize(self, text):
        return WORDS.findall(text)

    def sent_tokenize(self, text):
        return SENTENCES.findall(text)

    def span_tokenize(self, text):
        return [match.span() for match in SENTENCES.finditer(text)]


TOKENIZER = RegexTokenizer("en")
CONFIG = MinhashConfig(hash_config=HashConfig(precision=32))


def run_filters(rank, world, folder, out):
    data = JsonlReader(folder, doc_progress=False).run(rank=rank, world_size=world)
    steps = [
        GopherQualityFilter(language=TOKENIZER),
        GopherRepetitionFilter(language=TOKENIZER),
        C4QualityFilter(language=TOKENIZER),
        # As in ours: the paper's 0.1.
        FineWebQualityFilter(char_duplicates_ratio=0.1, language=TOKENIZER),
        JsonlWriter(f"{out}/kept", compression=None),
    ]
    for step in steps:
        data = step.run(data, rank, world)
    return sum(1 for _ in data)


def run_signatures(rank, world, folder, out):
    data = JsonlReader(folder, doc_progress=False).run(rank=rank, world_size=world)
    MinhashDedupSignature(f"{out}/signatures", CONFIG, language=TOKENIZER).run(data, rank, world)
    return 0


def run_buckets(rank, world, folder, out):
    MinhashDedupBuckets(f"{out}/signatures", f"{out}/pairs", config=CONFIG).run(None, rank, world)
    return 0


def run_keep(rank, world, folder, out):
    data = JsonlReader(folder, doc_progress=False).run(rank=rank, world_size=world)
    data = MinhashDedupFilter(f"{out}/remove").run(data, rank, world)
    return sum(1 for _ in JsonlWriter(f"{out}/kept", compression=None).run(data, rank, world))


def map_ranks(pool, function, world, folder, out):
    jobs = [(rank, world, folder, out) for rank in range(world)]
    return sum([function(*job) for job in jobs] if pool is None else pool.starmap(function, jobs, chunksize=1))


def main():
    what, folder, processes = sys.argv[1], sys.argv[2], int(sys.argv[3])
    out = tempfile.mkdtemp()
    pool = None if processes == 1 else get_context("fork").Pool(processes)
    start = time.perf_counter()
    if what == "filters":
        kept = map_ranks(pool, run_filters, processes, folder, out)
    else:
        map_ranks(pool, run_signatures, processes, folder, out)
        map_ranks(pool, run_buckets, CONFIG.num_buckets, folder, out)
        MinhashDedupCluster(f"{out}/pairs", f"{out}/remove", config=CONFIG).run()
        kept = map_ranks(pool, run_keep, processes, folder, out)
    seconds = time.perf_counter() - start
    if pool is not None:
        pool.close()
        pool.join()
    shutil.rmtree(out)
    print(json.dumps({"seconds": seconds, "kept": kept}))


if __name__ == "__main__":
    main()
