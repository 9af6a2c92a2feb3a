/**
 * Trains the shields that come with the package, and measures them; the same data and seed give the same bytes.
 *
 *   node --conditions=@llamero/source --import tsx recipes/shields.ts [--data ../shared/data] [--leave-out SOURCE,...] [--dry-run]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { serializeLinear } from "../packages/stack/src/shields/trained/linear-file.ts";
import { formatMeasure, measure } from "./shields/measure.ts";
import { readMultilingual, readNeuralchemy, readSlabs } from "./shields/texts.ts";
import { scoreAll, trainContent, trainInjection } from "./shields/train.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    seed: { type: "string", default: "1" },
    "leave-out": { type: "string" },
    "dry-run": { type: "boolean", default: false },
  },
});
const data = resolve(values.data);
const seed = Number(values.seed);
if (!Number.isSafeInteger(seed)) throw new TypeError(`The seed ${values.seed} is no whole number; give one`);

if (values["leave-out"] !== undefined) {
  // Sources are slabs, neuralchemy, hackaprompt and multilingual.
  for (const without of values["leave-out"].split(",")) {
    const { file } = trainInjection(data, seed, without);
    const all = [...readSlabs(data, "train"), ...readNeuralchemy(data, "train"), ...readMultilingual(data)];
    const held = all.filter(({ source }) => source === without);
    console.log(formatMeasure(`without ${without}`, measure(scoreAll(file, held), file.threshold)));
  }
} else {
  const injection = trainInjection(data, seed);
  const judge = (name: string, texts: Parameters<typeof scoreAll>[1], file = injection.file): void =>
    console.log(formatMeasure(name, measure(scoreAll(file, texts), file.threshold)));
  const prompts = readFileSync(new URL("../packages/eval/cria/safety.jsonl", import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { prompt: string; unsafe: boolean });
  const safety = prompts.map(({ prompt, unsafe }) => ({
    text: prompt,
    kind: unsafe ? "unsafe" : null,
    source: "cria",
  }));
  console.log(`injection: threshold ${injection.file.threshold}, ${injection.numTexts} texts`);
  judge("tuning part of training", injection.tuning);
  judge("slabs validation", readSlabs(data, "validation"));
  judge("neuralchemy validation", readNeuralchemy(data, "validation"));
  judge(
    "multilingual, kept apart",
    injection.heldOut.filter(({ source }) => source === "multilingual"),
  );
  for (const source of ["self-instruct", "gsm8k", "tldr", "help", "docs", "code", "novels", "udhr"])
    judge(
      `harmless: ${source}, kept apart`,
      injection.heldOut.filter((each) => each.source === source && each.kind === null),
    );
  judge(
    "harmless half of cria/safety",
    safety.filter(({ kind }) => kind === null),
  );
  const content = trainContent(data, seed, new Set(safety.map(({ text }) => text)));
  console.log(`content: threshold ${content.file.threshold}, ${content.numTexts} texts`);
  judge("tuning part of training", content.tuning, content.file);
  judge("cria/safety", safety, content.file);
  for (const source of ["self-instruct", "gsm8k", "tldr", "help", "docs", "code", "novels", "udhr"])
    judge(
      `harmless: ${source}, kept apart`,
      content.heldOut.filter((each) => each.source === source),
      content.file,
    );
  judge(
    "harmless of slabs validation",
    readSlabs(data, "validation").filter(({ kind }) => kind === null),
    content.file,
  );
  for (const [name, file] of [
    ["injection", injection.file],
    ["content", content.file],
  ] as const) {
    const bytes = serializeLinear(file);
    console.log(`${name}.bin: ${bytes.length} bytes`);
    if (!values["dry-run"])
      writeFileSync(new URL(`../packages/stack/shields/${name}.bin`, import.meta.url), bytes);
  }
}
