import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Conversation } from "./conversation.ts";
import { keyOf, makeSkill } from "./make-skill.ts";
import { measureRepetition } from "./repetition.ts";
import { createCountryPassages, readCountry } from "./skills/countries.ts";
import { skills as generated, type Skill } from "./skills.ts";
import { makeDocuments } from "./text/make-documents.ts";
import { makeText, type TextCount } from "./text/make-text.ts";
import { readRecords } from "./text/read-passages.ts";
import { writeReadme } from "./write-readme.ts";

/** Shares of a full run that each size has. */
const sizes: Readonly<Record<string, number>> = { full: 1, small: 0.02 };
/** Held-out conversations for each one of training. */
const validShare = 0.03;

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    seed: { type: "string", default: "1" },
    size: { type: "string", default: "full" },
    data: { type: "string", default: "../shared/data" },
    only: { type: "string" },
  },
});
if (values.out === undefined) throw new TypeError("No folder to write to; name one with --out");
const scale = sizes[values.size];
if (scale === undefined)
  throw new RangeError(`The size ${values.size} is none of ${Object.keys(sizes).join(", ")}`);
const seed = Number(values.seed);
if (!Number.isSafeInteger(seed)) throw new TypeError(`The seed ${values.seed} is no whole number; give one`);

const out = resolve(values.out);
const does = (part: string): boolean => values.only === undefined || values.only === part;
const folders = {
  skills: join(out, "skills"),
  pretrain: join(out, "pretrain"),
  midtrain: join(out, "midtrain"),
};
for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });

const lines = (records: readonly unknown[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");

const asRecord = ({ messages, tools }: Conversation): unknown =>
  tools === undefined ? { messages } : { messages, tools };

/** Questions about real countries, from the factbook of the data folder. */
function countrySkill(): Skill {
  const records = readRecords(resolve(values.data, "pretrain/factbook.jsonl.zst"));
  const countries = records.map(({ title, text }) => readCountry(String(title), String(text)));
  return { name: "countries", make: createCountryPassages(countries), records: 800 };
}

const skills: readonly Skill[] = does("skills") ? [...generated, countrySkill()] : [];
const skillCounts = skills.map(({ name, make, records }) => {
  const count = Math.round(records * scale);
  const train = makeSkill(name, make, { count, seed, split: "train" });
  const taken = new Set(train.conversations.map(keyOf));
  const valid = makeSkill(name, make, {
    count: Math.max(20, Math.round(count * validShare)),
    seed,
    split: "valid",
    isTaken: (key) => taken.has(key),
  });
  const write = (part: string, conversations: readonly Conversation[]): number => {
    const text = lines(conversations.map(asRecord));
    writeFileSync(join(folders.skills, `${name}.${part}.jsonl`), text);
    return Buffer.byteLength(text);
  };
  const bytes = write("train", train.conversations);
  write("valid", valid.conversations);
  // More conversations of the same kinds, for the last stages.
  const validKeys = new Set(valid.conversations.map(keyOf));
  const more = makeSkill(name, make, {
    count,
    seed: seed + 1_000_000,
    split: "train",
    isTaken: (key) => taken.has(key) || validKeys.has(key),
  });
  writeFileSync(join(folders.midtrain, `${name}.jsonl`), lines(more.conversations.map(asRecord)));
  const { kinds, duplicates } = train;
  return {
    name,
    records: train.conversations.length,
    valid: valid.conversations.length,
    bytes,
    duplicates,
    repetition: measureRepetition(train.conversations),
    kinds,
  };
});

const documentCounts = does("documents") ? makeDocuments(folders.pretrain, { scale, seed }) : [];
const textCounts: TextCount[] = does("text")
  ? await makeText(resolve(values.data), folders.pretrain, { scale, seed })
  : [];
const counts = { seed, size: values.size, skills: skillCounts, documents: documentCounts, text: textCounts };
if (values.only === undefined) {
  writeFileSync(join(out, "counts.json"), `${JSON.stringify(counts, null, 2)}\n`);
  writeReadme(out, counts);
}
process.stdout.write(`${JSON.stringify(counts, null, 2)}\n`);
