"""One round of ik_llama.cpp, one stream. Usage: FOLDER/venv/bin/python ik-llama-cpp.py MODEL [prompt] [gen] [threads]; prints JSON."""
import json
import random
import sys
import time
from importlib.metadata import version

from ik_llama_cpp import IkLlama
from ik_llama_cpp._internals import make_batch_range, make_batch_single

model = sys.argv[1]
prompt, gen, threads = (int(text) for text in (sys.argv[2:] + ["128", "24", "2"][len(sys.argv) - 2 :]))
llm = IkLlama(model, n_ctx=prompt + gen + 64, n_threads=threads, verbose=False)
context = llm._context


def ids(count):
    return [random.randrange(100, 300) for _ in range(count)]


rates = {}
# The first round warms up.
for _ in range(2):
    context.kv_cache_clear()
    started = time.perf_counter()
    if context.decode(make_batch_range(ids(prompt), pos_start=0)) != 0:
        sys.exit("The prompt was not decoded")
    rates[f"prompt {prompt}"] = prompt / (time.perf_counter() - started)
    context.kv_cache_clear()
    context.decode(make_batch_range(ids(8), pos_start=0))
    started = time.perf_counter()
    for position in range(8, 8 + gen - 1):
        context.decode(make_batch_single(context.sample(-1, temperature=0.0), position))
    rates[f"generate {gen}"] = (gen - 1) / (time.perf_counter() - started)
print(json.dumps({"version": version("ik-llama-cpp-python"), "threads": threads, "rates": rates}))
