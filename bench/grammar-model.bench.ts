/**
 * A grammar does not lean on the model: a Llama of random weights with the 128,256 tokens of Llama 3 answers in each
 * of 500 real JSON schemas at temperature 1.5, through the engine, with a bias to what closes. Says how many ended, and what ajv finds invalid.
 *
 *   LLAMERO_MODELS=folder LLAMERO_SCHEMAS=folder node --conditions=@llamero/source --import tsx bench/grammar-model.bench.ts [schemas, default 500] [tokens, default 256] [first, default 0]
 */
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { loadTokenizer } from "@llamero/core/tokenizer";
import { chooseBackend } from "../packages/core/src/backend.ts";
import { loadEngine } from "../packages/core/src/engine/load-engine.ts";
import { GrammarError } from "../packages/core/src/grammar/grammar-error.ts";
import { SchemaError } from "../packages/core/src/grammar/json-schema/schema-error.ts";
import { randomCheckpoint, tinyConfig } from "../packages/core/src/models/random-checkpoint.ts";
import { completeSampling } from "../packages/core/src/sample/params.ts";
import { environment, readSamples, validatorOf } from "./json-schemas.ts";

const numSchemas = Number(process.argv[2] ?? 500);
const maxTokens = Number(process.argv[3] ?? 256);
/** Schemas to leave out, in the order of the run. */
const from = Number(process.argv[4] ?? 0);
const atOnce = 8;
const stopId = 128_009;

const samples = readSamples(environment("LLAMERO_SCHEMAS")).slice(0, numSchemas);
const file = readFileSync(join(environment("LLAMERO_MODELS"), "llama3.tokenizer.model"));
const tokenizer = loadTokenizer({ kind: "tokenizer.model", bytes: file });
const { vocabSize } = tokenizer;
const checkpoint = randomCheckpoint({ ...tinyConfig, vocabSize }, { seed: 3, format: "q8_0" });
const { backend } = await chooseBackend();
const loaded = await loadEngine(checkpoint, {
  backend,
  context: 512,
  batch: atOnce,
  openTokenizer: () => tokenizer,
});
console.log(
  `${cpus()[0]!.model}, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}, ${backend.name}, ${vocabSize} tokens, up to ${maxTokens} each`,
);

/** What closes is likelier than the rest, or noise would seldom come to the end of a string. */
const logitBias = Object.fromEntries(
  ['"', '",', '"}', '"]', "}", "]", "}}", "]}"].map((text) => [tokenizer.encode(text)[0]!, 25]),
);
const counts = { ended: 0, open: 0, invalid: 0, unchecked: 0, refused: 0, faults: 0, tokens: 0 };
const refused = new Map<string, number>();
const delay = monitorEventLoopDelay({ resolution: 5 });
/** All kinds of schemas from the start on, so that a run that is ended early says something too. */
const waiting = [...samples.entries()]
  .sort(([a], [b]) => ((a * 197) % 500) - ((b * 197) % 500))
  .slice(from)
  .values();

const underWay = new Set<string>();

async function work(): Promise<void> {
  for (const [index, { name, schema }] of waiting) {
    const ids: number[] = [];
    let reason = "";
    underWay.add(name);
    try {
      const events = loaded.engine.generate({
        promptIds: [128_000, index],
        maxTokens,
        sampling: completeSampling({ temperature: 1.5, topP: 1, seed: index, logitBias }),
        stopIds: [stopId],
        topLogprobs: 0,
        grammar: { type: "json-schema", schema },
      });
      for await (const event of events) {
        if (event.type === "token") ids.push(event.token);
        else reason = event.reason;
      }
    } catch (error) {
      if (error instanceof SchemaError) {
        counts.refused++;
        refused.set(error.keyword, (refused.get(error.keyword) ?? 0) + 1);
      } else {
        counts.faults++;
        console.log(`FAULT ${name}: ${error instanceof GrammarError ? error.message : error}`);
      }
      continue;
    } finally {
      underWay.delete(name);
    }
    counts.tokens += ids.length;
    if (reason !== "stop") {
      counts.open++;
      continue;
    }
    counts.ended++;
    const validate = validatorOf(schema);
    const text = Buffer.concat(ids.map((id) => tokenizer.tokenBytes(id))).toString("utf8");
    if (validate === null) counts.unchecked++;
    else if (!validate(JSON.parse(text))) {
      counts.invalid++;
      console.log(`INVALID ${name}: ${text.slice(0, 300)}`);
    }
  }
}

const start = performance.now();
function report(): void {
  console.log(JSON.stringify(counts));
  console.log(
    `refused by keyword: ${JSON.stringify(Object.fromEntries([...refused].sort((a, b) => b[1] - a[1])))}`,
  );
  const lag = [50, 99, 99.9].map((part) => `p${part} ${(delay.percentile(part) / 1e6).toFixed(1)}`);
  console.log(`event loop lag in ms: ${lag.join(", ")}, max ${(delay.max / 1e6).toFixed(0)}`);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const processor = (process.cpuUsage().user / 1e6).toFixed(0);
  console.log(`${seconds} s, ${processor} s of processor, load ${loadavg()[0]!.toFixed(1)}`);
}
process.once("SIGTERM", () => {
  console.log(`ended early; under way: ${[...underWay].join(", ")}`);
  report();
  process.exit(1);
});
delay.enable();
await Promise.all(Array.from({ length: atOnce }, work));
delay.disable();
report();
await loaded[Symbol.asyncDispose]();
