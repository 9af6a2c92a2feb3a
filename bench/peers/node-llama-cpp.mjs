// One round of node-llama-cpp; bench/node-llama-cpp.ts starts it. Usage: node node-llama-cpp.mjs FOLDER MODEL '{"prompt",...}'
// Prints JSON: tokens per second by test, defined as in `llamero bench`.
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , folder, modelPath, text] = process.argv;
const { prompt, gen, sequences, each, threads } = JSON.parse(text);
const home = `${folder}/node_modules/node-llama-cpp`;
const { getLlama } = await import(pathToFileURL(`${home}/dist/index.js`).href);
const llama = await getLlama({ gpu: false, build: "never", maxThreads: threads, logLevel: "error" });
const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
const randomIds = (count) => Array.from({ length: count }, () => randomInt(100, 300));
const open = (count, contextSize) =>
  model.createContext({
    sequences: count,
    contextSize,
    batchSize: 512,
    threads: { ideal: threads, min: threads },
  });

/** Generates on one sequence; moments of its first and last token. */
async function generate(sequence, tokens) {
  let count = 0;
  let first = 0;
  for await (const _ of sequence.evaluate(randomIds(8), { temperature: 0, yieldEogToken: true })) {
    count++;
    if (count === 1) first = performance.now();
    if (count === tokens) return { first, last: performance.now() };
  }
  throw new Error(`The generation ended after ${count} of ${tokens} tokens`);
}

const rates = {};
const single = await open(1, prompt + gen + 64);
const sequence = single.getSequence();
// The first round warms up.
for (let round = 0; round < 2; round++) {
  await sequence.clearHistory();
  const started = performance.now();
  await sequence.evaluateWithoutGeneratingNewTokens(randomIds(prompt));
  rates[`prompt ${prompt}`] = (prompt * 1000) / (performance.now() - started);
  await sequence.clearHistory();
  const { first, last } = await generate(sequence, gen);
  rates[`generate ${gen}`] = ((gen - 1) * 1000) / (last - first);
}
await single.dispose();

const many = await open(sequences, each + 64);
const all = Array.from({ length: sequences }, () => many.getSequence());
for (let round = 0; round < 2; round++) {
  for (const one of all) await one.clearHistory();
  const times = await Promise.all(all.map((one) => generate(one, each)));
  const slowest = Math.max(...times.map(({ first, last }) => last - first));
  rates[`generate ${each} x ${sequences}`] = (sequences * (each - 1) * 1000) / slowest;
}
const { version } = JSON.parse(readFileSync(`${home}/package.json`, "utf8"));
console.log(JSON.stringify({ version, threads: llama.maxThreads, rates }));
process.exit(0);
