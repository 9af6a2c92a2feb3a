import { readFileSync } from "node:fs";
import { join } from "node:path";
import { convertModel } from "@llamero/core";
import { pairTokens } from "../../packages/train/src/grow/pair-tokens.ts";

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined)
  throw new TypeError("Say whose tokens are paired and where the model goes: pair.ts FOLDER FOLDER");
const { model: vocabulary } = JSON.parse(readFileSync(join(from, "tokenizer.json"), "utf8")) as {
  model: { vocab: Record<string, number> };
};
const { model, pairs } = pairTokens(from, new Map(Object.entries(vocabulary.vocab)));
process.stderr.write(`${pairs} pairs of tokens\n`);
await convertModel(model, to, { container: "safetensors", format: "f32" });
