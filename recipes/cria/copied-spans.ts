/**
 * The longest spans of what a model said that stand word for word in its training text.
 *
 *   npx tsx recipes/cria/copied-spans.ts scores.samples.jsonl TRAINING.jsonl ...
 *
 * A span is a run of words whose every run of `n` words stands somewhere in the training text; so a figure can be too
 * high where pieces of different texts overlap, never too low for spans of `n` words or more.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { hashText } from "./random.ts";

const n = 6;
const [samples, ...training] = process.argv.slice(2);
if (samples === undefined || training.length === 0)
  throw new TypeError("Name the file of samples, and files of training text");

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Every text in a record, however deep, under keys that hold what a model reads or says. */
function* textsOf(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (Array.isArray(value)) for (const each of value) yield* textsOf(each);
  else if (typeof value === "object" && value !== null)
    for (const each of Object.values(value)) yield* textsOf(each);
}

async function* recordsOf(path: string): AsyncGenerator<unknown> {
  for await (const line of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  }))
    if (line !== "") yield JSON.parse(line);
}

const seen = new Set<number>();
for (const path of training)
  for await (const record of recordsOf(path))
    for (const text of textsOf(record)) {
      const words = wordsOf(text);
      for (let i = 0; i + n <= words.length; i++) seen.add(hashText(words.slice(i, i + n).join(" ")));
    }

const spans: { length: number; text: string }[] = [];
let answers = 0;
for await (const record of recordsOf(samples)) {
  const { answer } = (record as { outcome: { answer?: unknown } }).outcome;
  for (const text of [...textsOf(answer)].flatMap((each) => each.split("\n---\n"))) {
    answers++;
    const words = wordsOf(text);
    let run = 0;
    for (let i = 0; i + n <= words.length + 1; i++) {
      const isSeen = i + n <= words.length && seen.has(hashText(words.slice(i, i + n).join(" ")));
      if (isSeen) run++;
      else if (run > 0) {
        spans.push({ length: run + n - 1, text: words.slice(i - run, i + n - 1).join(" ") });
        run = 0;
      }
    }
  }
}
spans.sort((a, b) => b.length - a.length);
process.stdout.write(
  `${JSON.stringify({ answers, spans: spans.length, longest: spans.slice(0, 5) }, null, 2)}\n`,
);
