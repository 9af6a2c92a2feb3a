/**
 * Claim: Llamero against node-llama-cpp, one stream and many, in turns on the same file and threads.
 * Usage: npx tsx bench/node-llama-cpp.ts --peer FOLDER [--rounds 5] [--prompt 256] [--gen 64] [--sequences 16] [--each 16] MODEL.gguf ...
 * FOLDER: see bench/peers/node-llama-cpp.sh. Prints Markdown.
 */
import { loadavg } from "node:os";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { comparison, machineLine, record, run, runLlamero, type Samples } from "./paired.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peer: { type: "string" },
    rounds: { type: "string", default: "5" },
    prompt: { type: "string", default: "256" },
    gen: { type: "string", default: "64" },
    sequences: { type: "string", default: "16" },
    each: { type: "string", default: "16" },
    threads: { type: "string", default: "2" },
  },
});
const { peer, prompt, gen, sequences, each, threads } = values;
if (peer === undefined || positionals.length === 0)
  throw new TypeError("Give --peer FOLDER and at least one model");
const script = fileURLToPath(new URL("./peers/node-llama-cpp.mjs", import.meta.url));
const numbers = { prompt, gen, sequences, each, threads };
const settings = JSON.stringify(
  Object.fromEntries(Object.entries(numbers).map(([name, text]) => [name, Number(text)])),
);

console.log(`${machineLine()}; ${threads} threads\n`);
for (const model of positionals) {
  const [theirs, ours]: [Samples, Samples] = [new Map(), new Map()];
  let version = "";
  let backend = "";
  const runPeer = (): void => {
    const answer = JSON.parse(run(process.execPath, [script, peer, model, settings])) as {
      version: string;
      rates: Record<string, number>;
    };
    version = answer.version;
    for (const [test, rate] of Object.entries(answer.rates)) record(theirs, test, rate);
  };
  const runOurs = (): void => {
    const common = [model, "-t", threads, "-r", "1"];
    const single = runLlamero([...common, "--prompt", prompt, "--gen", gen]);
    const many = runLlamero([...common, "--prompt", "0", "--gen", each, "--batch", sequences]);
    backend = single.backend;
    for (const { test, tokens, best: rate } of single.results) record(ours, `${test} ${tokens}`, rate);
    record(ours, `generate ${each} x ${sequences}`, many.results[0]!.best);
  };
  for (let round = 0; round < Number(values.rounds); round++) {
    // In turns at being first, too.
    for (const one of round % 2 === 0 ? [runPeer, runOurs] : [runOurs, runPeer]) one();
  }
  console.log(`## ${basename(model)}, backend ${backend} (load after ${loadavg()[0]!.toFixed(1)})\n`);
  console.log(`${comparison([`node-llama-cpp ${version}`, theirs], ["Llamero", ours])}\n`);
}
