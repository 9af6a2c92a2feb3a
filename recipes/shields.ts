/**
 * Trains the shields that come with the package, and measures them; the same data and seed give the same bytes.
 *
 *   node --conditions=@llamero/source --import tsx recipes/shields.ts [--data ../shared/data] [--only injection|content]
 *     [--leave-out SOURCE,...] [--dry-run]
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type LinearFile, serializeLinear } from "../packages/stack/src/shields/trained/linear-file.ts";
import { createRandom } from "./cria/random.ts";
import { plant, readForeignHarmless, readParagraphs, readRequests } from "./shields/evaluation.ts";
import { formatMeasure, measure } from "./shields/measure.ts";
import {
  type LabeledText,
  readHarmless,
  readMultilingual,
  readNeuralchemy,
  readSlabs,
} from "./shields/texts.ts";
import { scoreAll, trainContent, trainInjection } from "./shields/train.ts";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "../shared/data" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    "leave-out": { type: "string" },
    "dry-run": { type: "boolean", default: false },
  },
});
const data = resolve(values.data);
const seed = Number(values.seed);
if (!Number.isSafeInteger(seed)) throw new TypeError(`The seed ${values.seed} is no whole number; give one`);

const harmless = readHarmless(data);
const print = (name: string, texts: readonly LabeledText[], file: LinearFile): void =>
  console.log(formatMeasure(name, measure(scoreAll(file, texts), file.threshold)));

if (values["leave-out"] !== undefined) {
  // Sources are slabs, neuralchemy, hackaprompt and multilingual.
  for (const without of values["leave-out"].split(",")) {
    const { file } = trainInjection(data, harmless, seed, without);
    const all = [...readSlabs(data, "train"), ...readNeuralchemy(data, "train"), ...readMultilingual(data)];
    print(
      `without ${without}`,
      all.filter(({ source }) => source === without),
      file,
    );
  }
} else {
  const foreign = readForeignHarmless(data);
  /** What neither classifier learned from. */
  const judgeHarmless = (file: LinearFile, heldOut: readonly LabeledText[]): void => {
    for (const source of ["self-instruct", "gsm8k", "tldr", "help", "docs", "code", "speeches", "udhr"]) {
      const kept = heldOut.filter((each) => each.source === source && each.kind === null);
      print(`harmless: ${source}, kept apart`, kept, file);
    }
    for (const source of new Set(foreign.map((each) => each.source))) {
      const texts = foreign.filter((each) => each.source === source);
      print(`harmless: ${source}, never seen`, texts, file);
    }
  };
  const safety = readFileSync(new URL("../packages/eval/cria/safety.jsonl", import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { prompt: string; unsafe: boolean })
    .map(({ prompt, unsafe }) => ({ text: prompt, kind: unsafe ? "unsafe" : null, source: "cria" }));
  const isHarmless = ({ kind }: LabeledText): boolean => kind === null;
  const save = (name: string, file: LinearFile): void => {
    const bytes = serializeLinear(file);
    const hash = createHash("sha256").update(bytes).digest("hex");
    console.log(`${name}.bin: ${bytes.length} bytes, SHA-256 ${hash}`);
    if (!values["dry-run"])
      writeFileSync(new URL(`../packages/stack/shields/${name}.bin`, import.meta.url), bytes);
  };

  if (values.only !== "content") {
    const { file, numTexts, tuning, heldOut } = trainInjection(data, harmless, seed);
    console.log(`injection: threshold ${file.threshold}, margin ${file.partMargin}, ${numTexts} texts`);
    save("injection", file);
    const slabs = readSlabs(data, "validation");
    print("tuning part of training", tuning, file);
    print("slabs validation", slabs, file);
    print("neuralchemy validation", readNeuralchemy(data, "validation"), file);
    print(
      "multilingual, kept apart",
      heldOut.filter(({ source }) => source === "multilingual"),
      file,
    );
    judgeHarmless(file, heldOut);
    print("harmless half of cria/safety", safety.filter(isHarmless), file);
    const attacks = slabs.filter((each) => !isHarmless(each) && each.text.length < 300).slice(0, 400);
    print("attacks of slabs validation", attacks, file);
    const planted = plant(
      attacks.map(({ text }) => text),
      readParagraphs(data, "en"),
      createRandom(5),
    );
    print("these planted in documents", planted, file);
  }
  if (values.only !== "injection") {
    const barred = new Set(safety.map(({ text }) => text));
    const { file, numTexts, tuning, heldOut } = trainContent(data, harmless, seed, barred);
    console.log(`content: threshold ${file.threshold}, margin ${file.partMargin}, ${numTexts} texts`);
    save("content", file);
    print("tuning part of training", tuning, file);
    print("cria/safety", safety, file);
    const requests = readRequests();
    for (const language of new Set(requests.map((each) => each.language))) {
      const texts = requests.filter((each) => each.language === language);
      print(`own requests, ${language}`, texts, file);
    }
    judgeHarmless(file, heldOut);
    print("harmless of slabs validation", readSlabs(data, "validation").filter(isHarmless), file);
  }
}
