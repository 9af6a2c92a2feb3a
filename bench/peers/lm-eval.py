"""Scores of lm-evaluation-harness on local files, as JSON; the other half of bench/lm-eval.ts.

    python bench/peers/lm-eval.py --model FILE.gguf --data FOLDER [--tasks a,b] [--limit N] [--out FILE]

FOLDER is `../shared/data`. The tasks are the harness's own, by `include`; only where their records lie is replaced, so
prompts, answer patterns and metrics are its own. Weights are those of the GGUF file, dequantized by transformers to
float32. Records are rewritten into the schema of the published data set where a file has another one.
"""
import argparse
import csv
import json
import os
import string
import sys
import tempfile
from collections import Counter
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--data", required=True)
parser.add_argument("--tasks", default="")
parser.add_argument("--limit", type=int)
parser.add_argument("--max-tokens", type=int, default=64)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--out")
args = parser.parse_args()

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
import torch  # noqa: E402
from lm_eval import simple_evaluate  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402

if find_spec("transformers.data.metrics") is None:
    # transformers 5 has no SQuAD metrics any more, but the harness asks them of it: its exact match and F1, written anew.
    def words(text):
        kept = "".join(char for char in text.lower() if char not in string.punctuation)
        return [word for word in kept.split() if word not in ("a", "an", "the")]

    def f1(gold, found):
        a, b = words(gold), words(found)
        same = sum((Counter(a) & Counter(b)).values())
        return float(a == b) if not a or not b else 2 * same / (len(a) + len(b))

    squad = ModuleType("transformers.data.metrics.squad_metrics")
    squad.compute_f1, squad.compute_exact = f1, lambda gold, found: int(words(gold) == words(found))
    metrics = ModuleType("transformers.data.metrics")
    metrics.squad_metrics = squad
    sys.modules |= {metrics.__name__: metrics, squad.__name__: squad}

torch.set_num_threads(args.threads)
data = Path(args.data)
own = Path(str(files("lm_eval"))) / "tasks"
work = Path(tempfile.mkdtemp(prefix="lm-eval-"))


def jsonl(name, rows):
    path = work / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def mmlu():
    for path in sorted((data / "eval/mmlu/dev").glob("*.csv")):
        with open(path, encoding="utf-8", newline="") as file:
            subject = path.name.removesuffix("_dev.csv").replace("_", " ")
            for row in csv.DictReader(file):
                choices = [row[f"choice{at}"] for at in range(4)]
                yield {"question": row["question"], "choices": choices, "answer": int(row["answer"]), "subject": subject}


def mgsm(language):
    for line in (data / f"eval/mgsm/mgsm_{language}.tsv").read_text(encoding="utf-8").splitlines():
        question, number = line.split("\t")
        yield {"question": question, "answer": None, "answer_number": number.replace(",", ""), "equation_solution": None}


def xquad(language):
    for article in json.loads((data / f"eval/xquad/xquad.{language}.json").read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                answers = {"text": [a["text"] for a in qa["answers"]], "answer_start": [a["answer_start"] for a in qa["answers"]]}
                yield {"id": qa["id"], "context": paragraph["context"], "question": qa["question"], "answers": answers}


def rows_of(path):
    return [json.loads(line) for line in (data / path).read_text(encoding="utf-8").splitlines()]


def stories():
    """Answers of the word problems, without the marks of the calculator: connected prose with a last word."""
    import re

    for row in rows_of("sft/gsm8k_train.jsonl")[:400]:
        yield {"text": " ".join(re.sub(r"<<.*?>>", "", row["question"]).split())}


def pages():
    for row in rows_of("eval/mtbench/question.jsonl"):
        yield {"page": "\n".join(row["turns"])}


# Name: the harness's file, its records, further keys.
tasks = {
    # The description is that of the harness's file for each subject.
    "mmlu": (
        "mmlu/default/_default_template_yaml",
        mmlu,
        [
            "fewshot_split: null",
            'description: "The following are multiple choice questions (with answers) about {{subject}}.\\n\\n"',
        ],
    ),
    "mgsm_direct_en": ("mgsm/direct/mgsm_direct_en.yaml", lambda: mgsm("en"), ["training_split: null"]),
    "mgsm_direct_es": ("mgsm/direct/mgsm_direct_es.yaml", lambda: mgsm("es"), ["training_split: null"]),
    "mgsm_native_cot_en": ("mgsm/native_cot/mgsm_native_cot_en.yaml", lambda: mgsm("en"), ["training_split: null"]),
    "mgsm_native_cot_es": ("mgsm/native_cot/mgsm_native_cot_es.yaml", lambda: mgsm("es"), ["training_split: null"]),
    "xcopa_it": ("xcopa/default_it.yaml", lambda: rows_of("eval/xcopa/val.it.jsonl"), ["validation_split: null"]),
    "xcopa_th": ("xcopa/default_th.yaml", lambda: rows_of("eval/xcopa/val.th.jsonl"), ["validation_split: null"]),
    "xquad_en": ("xquad/xquad_en.yaml", lambda: xquad("en"), ["validation_split: null", "test_split: test"]),
    "xquad_es": ("xquad/xquad_es.yaml", lambda: xquad("es"), ["validation_split: null", "test_split: test"]),
    "lambada_openai": ("lambada/lambada_openai.yaml", stories, []),
    "wikitext": ("wikitext/wikitext.yaml", pages, ["training_split: null", "validation_split: null"]),
}
wanted = args.tasks.split(",") if args.tasks else list(tasks)
for name in wanted:
    include, rows, extra = tasks[name]
    lines = [
        f"include: {own / include}",
        f"task: local_{name}",
        "tag: null",
        "dataset_path: json",
        "dataset_name: null",
        f"dataset_kwargs: {{data_files: {{test: {jsonl(name, rows())}}}}}",
        *extra,
    ]
    (work / f"{name}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")

folder, file = os.path.split(args.model)
result = simple_evaluate(
    model="hf",
    model_args={"pretrained": folder, "gguf_file": file, "dtype": "float32", "device": "cpu", "max_length": 2048},
    tasks=[f"local_{name}" for name in wanted],
    num_fewshot=0,
    batch_size=8,
    limit=args.limit,
    gen_kwargs={"max_gen_toks": args.max_tokens},
    task_manager=TaskManager(include_path=str(work), include_defaults=False),
    log_samples=True,
    bootstrap_iters=0,
)
out = {}
for name in wanted:
    scores = {key: value for key, value in result["results"][f"local_{name}"].items() if isinstance(value, (int, float))}
    samples = [
        {"doc": sample["doc_id"], "prompt": sample["arguments"], "answer": sample["filtered_resps"], "said": sample["resps"]}
        for sample in result["samples"][f"local_{name}"]
    ]
    out[name] = {"scores": scores, "samples": samples}
text = json.dumps(out, ensure_ascii=False, default=str)
if args.out:
    Path(args.out).write_text(text, encoding="utf-8")
print(json.dumps({name: out[name]["scores"] for name in wanted}, indent=1))
