"""Prompts, limits and scores of lm-evaluation-harness 0.4.13 on our invented records; no model, no network.

pip install lm-eval==0.4.13 langdetect immutabledict nltk math-verify antlr4-python3-runtime==4.11
SQUAD_METRICS=.../squad_metrics.py python render.py   # that file of transformers 4, where 5 is installed
Writes expected-prompts.json and expected-scores.json beside this file.
"""
import json
import logging
import os
import sys
import types
from pathlib import Path
from unittest import mock

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_ALLOW_CODE_EVAL="1")
import datasets
import transformers.data

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
if "SQUAD_METRICS" in os.environ:
    package, module = (types.ModuleType("transformers.data.metrics" + end) for end in ("", ".squad_metrics"))
    text = Path(os.environ["SQUAD_METRICS"]).read_text()
    text = text.replace("from ...models.bert import BasicTokenizer", "").replace("from ...utils import logging", "import logging")
    exec(text.replace("logging.get_logger", "logging.getLogger"), module.__dict__)
    package.squad_metrics = module
    sys.modules.update({package.__name__: package, module.__name__: module})
from lm_eval.api.instance import Instance
from lm_eval.api.metrics import exact_match_fn
from lm_eval.tasks import TaskManager
from lm_eval.tasks.coqa import utils as coqa
from lm_eval.tasks.drop import utils as drop
from lm_eval.tasks.mlqa import utils as mlqa

NAMES = {"gsm8k_cot_chat": "gsm8k_cot_llama", "minerva_math": "minerva_math_algebra", "math": "hendrycks_math_algebra",
         "math_500": "minerva_math500", "squad_v2": "squadv2", "tydiqa_goldp": "tydiqa_goldp_en",
         "mmlu_pro_cot": "mmlu_pro_biology", "asdiv": "asdiv_cot_llama", "unscramble_mid_word_1_anagrams": "anagrams1",
         "unscramble_cycle_letters_in_word": "cycle_letters", "unscramble_reversed_words": "reversed_words"}
NAMES |= {name: name for name in """gsm8k gsm8k_cot gsm8k_platinum gsm_plus aime aime24 aime25 triviaqa nq_open webqs drop coqa
    truthfulqa_gen humaneval humaneval_plus humaneval_instruct mbpp mbpp_instruct mbpp_plus cruxeval_input cruxeval_output
    agieval_math babi meqsum arc_challenge_chat""".split()}
NAMES |= {f"gpqa_{part}_cot": f"gpqa_{part}_cot_zeroshot" for part in ("main", "diamond", "extended")}
NAMES |= {f"xquad_{code}": f"xquad_{code}" for code in "ar de el en es hi ro ru th tr vi zh".split()}
NAMES |= {f"mlqa_{code}": f"mlqa_{code}_{code}" for code in "ar de en es hi vi zh".split()}
NAMES |= {name: name for code in "bn de en es fr ja ru sw te th zh".split() for name in [f"mgsm_native_cot_{code}"]}
NAMES |= {f.stem: "bbh_cot_fewshot_" + f.stem[8:] for f in FIXTURES.glob("bbh_cot_*.jsonl")}


def as_published(name, row):
    """Our records are those of the original files; the harness reads the hub's form of some."""
    row = {key: value for key, value in row.items() if key != "_file"}
    if name.startswith("mgsm"):
        row |= {"answer": None, "answer_number": int(row["answer_number"])}
    if name.startswith("xquad") and isinstance(row["answers"], list):
        row["answers"] = {key: [one[key] for one in row["answers"]] for key in ("text", "answer_start")}
    if name == "tydiqa_goldp":
        row["id"] = "english-" + row["id"]
    if name == "mmlu_pro_cot":
        row["category"] = "biology"
    if name == "meqsum":
        row = {"CHQ": row["src"], "Summary": row["tgt"], "File": row["id"]}
    return row


class EverySplit(dict):
    def __init__(self, rows):
        super().__init__()
        self.rows = datasets.Dataset.from_list(rows)

    def __contains__(self, split):
        return True

    def __getitem__(self, split):
        return self.rows


def lines(name):
    return [json.loads(line) for line in (FIXTURES / f"{name}.jsonl").read_text().splitlines()]


def build(manager, name, rows):
    with mock.patch("datasets.load_dataset", lambda *_, **__: EverySplit(rows)), mock.patch("evaluate.load"):
        task = manager.load([name])
    while isinstance(task, dict):
        task = task.get("tasks", task)
        task = task.get(name) or next(iter(task.values()))
    return task


def name_of(key):
    metric, filter_name = key.split(",")
    metric = {"em": "exact_match"}.get(metric, metric)
    return metric + {"strict-match": "_strict", "flexible-extract": "_flexible"}.get(filter_name, "")


def describe(task, harness, replies):
    docs = list(task.eval_docs)
    for doc in docs:
        if isinstance(doc.get("additional_answers"), dict):
            doc["additional_answers"] = {key: value for key, value in doc["additional_answers"].items() if value}
    item = task.fewshot_context(docs[0], num_fewshot=0)
    samples = getattr(task.config.fewshot_config, "samples", None)
    request = task.construct_requests(docs[0], item, metadata=(harness, 0, 1))
    request = request[0] if isinstance(request, list) else request
    limits = request.args[1] if isinstance(request.args[1], dict) else {}
    until = limits.get("until")
    scores = []
    for reply in replies:
        doc = docs[reply["item"]]
        instance = Instance("generate_until", doc, ("", limits), 0, metadata=(harness, reply["item"], 1))
        instance.resps = [reply["reply"]]
        task._instances = [instance]
        try:
            task.apply_filters()
            found = {}
            for filter_name, value in instance.filtered_resps.items():
                for metric, score in task.process_results(doc, [value]).items():
                    found[name_of(f"{metric},{filter_name}")] = float(score)
        except (ValueError, TypeError, AttributeError):
            continue
        scores.append([reply["item"], reply["reply"], found])
    try:
        shown = None if samples is not None else task.fewshot_context(docs[0], num_fewshot=2)
    except (TypeError, AssertionError):  # squadv2 and some others take no shots in this version
        shown = None
    return {
        "harness": harness,
        "item": item,
        "withShots": shown,
        "stop": [until] if isinstance(until, str) else until,
        "maxTokens": limits.get("max_gen_toks"),
        "numShots": task.config.num_fewshot,
        "scores": scores,
    }


ANSWERS = ["Lena", "lena.", "the Lena", "The  bakery of Lena", "a an the", "", "7", "7.0", "7,000", "-7", "seven", "3 May 1987",
           "May 3, 1987", "Port-Ellis", "Port Ellis", "Ellis, Quill", "Quill and Ellis", "$1,234.50", "1234.5", "Café Ölberg",
           "naïve theory", "theatre", "an apple a day", "apple day", "7 points", "7%", "½", "yes", "Yes!", "no_one", "U.S.", "US"]
TARGETS = ["Lena", "bakery of Lena", "7", "7000", "3 May 1987", "port ellis", "Quill, Ellis", "1234.5", "cafe Ölberg",
           "The naïve theory", "an apple a day", "yes", "U.S."]
OTHER = {"de": ["die Bäckerei von Lena", "eine Bäckerei", "Bäckerei"], "es": ["la panadería", "una panadería", "panadería"],
         "ar": ["المخبز في فارن", "مخبز"], "hi": ["एक बेकरी", "बेकरी।"], "vi": ["của Lena", "tiệm bánh", "Lena"],
         "zh": ["瓦恩的面包店。", "面包店", "1987年"], "en": ["the bakery", "a bakery!", "bakery"]}


def metrics():
    """Scores of single pairs: [metric, answer, target or targets, exact, f1]."""
    found = []
    for answer in ANSWERS:
        for target in TARGETS:
            exact, f1 = drop.get_metrics(answer, (target,))
            found.append(["drop", answer, [target], exact, float(f1)])
            scores = coqa.compute_scores([target], answer)
            found.append(["span", answer, [target], scores["em"], scores["f1"]])
        for target in [("Quill", "Ellis"), ("3", "7"), ("Lena", "the bakery")]:
            exact, f1 = drop.get_metrics(answer, target)
            found.append(["drop", answer, list(target), exact, float(f1)])
            scores = coqa.compute_scores(list(target) + ["Lena Quill"], answer)
            found.append(["span-leaving-one-out", answer, list(target) + ["Lena Quill"], scores["em"], scores["f1"]])
        for options in [{}, {"ignore_case": True}, {"ignore_case": True, "ignore_punctuation": True}]:
            for target in TARGETS:
                kind = "exact" + "".join("-" + key for key in options)
                score = exact_match_fn(predictions=[answer], references=[target], **options)["exact_match"]
                found.append([kind, answer, [target], float(score), float(score)])
    for code, texts in OTHER.items():
        for answer in texts + ANSWERS[:12]:
            for target in texts:
                exact = float(mlqa.exact_match_score(answer, target, code))
                found.append([f"mlqa-{code}", answer, [target], exact, float(mlqa.f1_score(answer, target, code))])
    return found


def main():
    manager = TaskManager()
    replies = lines("replies")
    prompts = {}
    for name, harness in NAMES.items():
        task = build(manager, harness, [as_published(name, row) for row in lines(name)])
        prompts[name] = describe(task, harness, [reply for reply in replies if reply["set"] == name])
    logging.info("%d sets", len(prompts))
    (HERE / "expected-prompts.json").write_text(json.dumps(prompts, ensure_ascii=False, indent=2) + "\n")
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in metrics())
    (HERE / "expected-scores.json").write_text(f"[\n{rows}\n]\n")


main()
