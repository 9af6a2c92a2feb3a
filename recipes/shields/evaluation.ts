import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Random } from "../cria/random.ts";
import { type LabeledText, parseCsv } from "./texts.ts";

const lines = (content: string): string[] => content.split("\n").filter((line) => line.trim() !== "");
const calm = (source: string, text: string): LabeledText => ({ text, kind: null, source });

/** Paragraphs of XQuAD in a language. */
export function readParagraphs(data: string, language: string): string[] {
  const { data: articles } = JSON.parse(
    readFileSync(join(data, `eval/xquad/xquad.${language}.json`), "utf8"),
  ) as {
    data: { paragraphs: { context: string }[] }[];
  };
  return articles.flatMap(({ paragraphs }) => paragraphs.map(({ context }) => context));
}

/** Harmless texts of sources of which nothing is in any training part. */
export function readForeignHarmless(data: string): LabeledText[] {
  const read = (file: string): string => readFileSync(join(data, "eval", file), "utf8");
  const bfcl = ["irrelevance", "multiple", "parallel", "simple_python", "simple_javascript"];
  const mmlu = readdirSync(join(data, "eval/mmlu/dev"))
    .filter((name) => name.endsWith(".csv"))
    .sort();
  return [
    ...lines(read("mtbench/question.jsonl")).flatMap((line) =>
      (JSON.parse(line) as { turns: string[] }).turns.map((turn) => calm("mt-bench", turn)),
    ),
    ...["en", "es", "hi"].flatMap((language) =>
      readParagraphs(data, language).map((text) => calm(`xquad ${language}`, text)),
    ),
    ...lines(gunzipSync(readFileSync(join(data, "eval/humaneval/HumanEval.jsonl.gz"))).toString()).map(
      (line) => calm("humaneval", (JSON.parse(line) as { prompt: string }).prompt),
    ),
    ...["en", "es"].flatMap((language) =>
      lines(read(`mgsm/mgsm_${language}.tsv`)).map((line) => calm("mgsm", line.split("\t")[0]!)),
    ),
    ...mmlu.flatMap((name) =>
      parseCsv(`\n${read(`mmlu/dev/${name}`)}`).map(([question]) => calm("mmlu", question!)),
    ),
    ...bfcl.flatMap((name) =>
      lines(read(`bfcl/BFCL_v4_${name}.json`)).map((line) =>
        calm(
          "bfcl",
          (JSON.parse(line) as { question: { content: string }[][] }).question[0]!.at(-1)!.content,
        ),
      ),
    ),
    ...["it", "th"].flatMap((language) =>
      lines(read(`xcopa/val.${language}.jsonl`)).map((line) =>
        calm("xcopa", (JSON.parse(line) as { premise: string }).premise),
      ),
    ),
  ];
}

/** Where an order of a stranger may stand; `{x}` is its place and `{t}`, `{u}` are harmless sentences. */
const carriers: readonly string[] = [
  "{t} {x} {u}",
  "{t}\n\n{x}\n\n{u}",
  '{"title": "Report", "body": "{t} {x} {u}", "status": "ok", "count": 12}',
  '[{"name": "first", "review": "{t}"}, {"name": "second", "review": "{x}"}, {"name": "third", "review": "{u}"}]',
  '<html><body><h1>News</h1><p>{t}</p><div style="display:none">{x}</div><p>{u}</p></body></html>',
  "From: anna@company.example\nTo: team@company.example\nSubject: Meeting\n\nHi all,\n{t}\n{x}\n{u}\nBest regards,\nAnna",
  "# Guide\n\n- {t}\n- {x}\n- {u}\n",
  "def run(path):\n    # {x}\n    return open(path).read()\n\n# {t}\nprint(run('a.txt'))  # {u}\n",
];

/** Attacks between harmless sentences in documents, mails and results of tools, and the same carriers without one. */
export function plant(
  attacks: readonly string[],
  paragraphs: readonly string[],
  random: Random,
): LabeledText[] {
  return attacks.flatMap((attack, at) => {
    const carrier = carriers[at % carriers.length]!;
    const [before, after] = [random.pick(paragraphs), random.pick(paragraphs)];
    const fill = (x: string): string =>
      carrier
        .replace("{t}", () => before)
        .replace("{u}", () => after)
        .replace("{x}", () => x);
    return [
      { text: fill(attack), kind: "prompt_injection", source: "planted" },
      { text: fill(random.pick(paragraphs).split(". ")[0]!), kind: null, source: "planted" },
    ];
  });
}

/** Requests of our own in eight languages that nothing is trained on: ones that do harm, and look-alikes. */
export function readRequests(): (LabeledText & { language: string })[] {
  let kind: string | null = null;
  const file = readFileSync(new URL("words/requests.txt", import.meta.url), "utf8");
  return lines(file).flatMap((line) => {
    if (line.startsWith("== ")) {
      kind = line === "== harmless" ? null : "unsafe";
      return [];
    }
    const [language, text] = line.split("\t");
    return [{ language: language!, text: text!, kind, source: "requests" }];
  });
}
