import assert from "node:assert/strict";
import { test } from "node:test";
import { sharedPath } from "../../../../core/src/testdata.ts";
import { createRandom, readRows } from "../../../tools/corpus.ts";
import { createMinhash } from "./minhash.ts";

interface Planted {
  text: string;
  isDuplicate: boolean;
  kind: string;
}

const SOURCES = [
  "eltec_eng",
  "eltec_deu",
  "rust_books",
  "libreoffice_help_hi",
  "factbook",
  "python_docs_rst",
];

/** Pieces of real text, and for each one a copy with a known change, or a stranger that shares a part with it. */
async function plant(folder: string): Promise<Planted[]> {
  const random = createRandom(5);
  const originals: string[] = [];
  for (const name of SOURCES) {
    const pieces: string[] = [];
    for await (const { text } of readRows(folder, name)) {
      for (let start = 0; start + 3000 < text.length && pieces.length < 250; start += 9000)
        pieces.push(text.slice(start, start + 800 + Math.floor(2200 * random())));
      if (pieces.length >= 250) break;
    }
    originals.push(...pieces);
  }
  const strangers = originals.splice(0, originals.length, ...originals.filter((_, at) => at % 2 === 0));
  const others = strangers.filter((_, at) => at % 2 === 1);
  const planted: Planted[] = originals.map((text) => ({ text, isDuplicate: false, kind: "original" }));
  const vocabulary = others.flatMap((text) => text.split(/\s+/).slice(0, 40));
  const pick = (): string => vocabulary[Math.floor(random() * vocabulary.length)]!;
  for (const [at, text] of originals.entries()) {
    const words = text.split(/(?<=\s)/);
    const share = 0.01 + 0.09 * random();
    const kinds: Record<string, () => string> = {
      copy: () => text,
      "words changed": () => words.map((word) => (random() < share ? `${pick()} ` : word)).join(""),
      "words dropped or added": () =>
        words.map((word) => (random() >= share ? word : random() < 0.5 ? "" : `${word}${pick()} `)).join(""),
      "a passage replaced": () => {
        const from = Math.floor(random() * words.length * (1 - share));
        const count = Math.ceil(words.length * share);
        return [
          ...words.slice(0, from),
          ...Array.from({ length: count }, () => `${pick()} `),
          ...words.slice(from + count),
        ].join("");
      },
      "paragraphs in another order": () => {
        const size = Math.ceil(words.length / 5);
        const parts = [3, 0, 4, 2, 1].map((part) => words.slice(part * size, (part + 1) * size).join(""));
        return parts.join("\n\n");
      },
      "case and punctuation": () => text.toUpperCase().replace(/[.,;]/g, ""),
    };
    const names = Object.keys(kinds);
    const kind = names[at % names.length]!;
    planted.push({ text: kinds[kind]!(), isDuplicate: true, kind });
  }
  // Strangers that share a frame: half of what they hold themselves, before and after.
  const frame = originals[3]!.slice(0, 500);
  const foot = originals[9]!.slice(0, 300);
  for (const text of others)
    planted.push({
      text: `${frame}\n${text.slice(0, 1600)}\n${foot}`,
      isDuplicate: false,
      kind: "shared frame",
    });
  return planted;
}

test("minhash finds planted duplicates of real text with precision and recall of 0.95", async (t) => {
  const folder = sharedPath("data");
  if (folder === null) return t.skip("needs ../shared: data/pretrain");
  const planted = await plant(folder);
  const counts = { found: 0, wrong: 0, missed: 0 };
  const kinds = new Map<string, [number, number]>();
  const stage = createMinhash({});
  for (const [at, { text, isDuplicate, kind }] of planted.entries()) {
    const document = { id: String(at), text, source: "s", meta: {} };
    const isDropped = !stage.decide(document, stage.digest(document)).keep;
    const [dropped, total] = kinds.get(kind) ?? [0, 0];
    kinds.set(kind, [dropped + (isDropped ? 1 : 0), total + 1]);
    if (isDropped && isDuplicate) counts.found++;
    else if (isDropped) counts.wrong++;
    else if (isDuplicate) counts.missed++;
  }
  for (const [kind, [dropped, total]] of kinds) t.diagnostic(`${kind}: ${dropped} of ${total} dropped`);
  const precision = counts.found / (counts.found + counts.wrong);
  const recall = counts.found / (counts.found + counts.missed);
  t.diagnostic(`precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}`);
  assert.ok(precision >= 0.95 && recall >= 0.95, `precision ${precision}, recall ${recall}`);
});
