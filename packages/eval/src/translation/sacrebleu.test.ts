// Numbers of sacrebleu 2.6.0: `python3 -m venv venv && venv/bin/pip install sacrebleu && venv/bin/python sacrebleu-fixture.py`
// in this folder writes sacrebleu.fixture.json.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { bleuOfStatistics, bleuStatistics, sentenceBleu } from "./bleu.ts";
import type { BleuTokenizer } from "./bleu-tokenizers.ts";
import { chrfOfStatistics, chrfStatistics, sentenceChrf } from "./chrf.ts";
import { sumStatistics } from "./sum-statistics.ts";

interface FixtureRow {
  language: string;
  items: readonly { answer: string; references: readonly string[] }[];
  corpus: Readonly<Record<string, number>>;
  sentences: Readonly<Record<string, readonly number[]>>;
}

const rows = JSON.parse(
  readFileSync(new URL("./sacrebleu.fixture.json", import.meta.url), "utf8"),
) as FixtureRow[];

function near(ours: number, theirs: number, what: string): void {
  assert.ok(Math.abs(ours - theirs) < 1e-4, `${what}: ${ours} is not ${theirs}`);
}

for (const { language, items, corpus, sentences } of rows) {
  test(`BLEU and chrF of ${language} equal sacrebleu's for a corpus and for sentences`, () => {
    for (const [name, expected] of Object.entries(corpus)) {
      const [metric, option] = name.split(" ") as [string, string];
      const isBleu = metric === "bleu";
      const bleu = { tokenizer: option as BleuTokenizer };
      const chrf = { wordOrder: Number(option) };
      const parts = items.map(({ answer, references }) =>
        isBleu ? bleuStatistics(answer, references, bleu) : chrfStatistics(answer, references, chrf),
      );
      const sums = sumStatistics(parts);
      near(isBleu ? bleuOfStatistics(sums) : chrfOfStatistics(sums), expected, `${language} ${name}`);
      items.forEach(({ answer, references }, at) => {
        const ours = isBleu ? sentenceBleu(answer, references, bleu) : sentenceChrf(answer, references, chrf);
        near(ours, sentences[name]![at]!, `${language} ${name} ${answer}`);
      });
    }
  });
}
