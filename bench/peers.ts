/**
 * Llamero and llama.cpp side by side, interleaved, on the same file and threads.
 * Usage: npx tsx bench/peers.ts --peer FOLDER [--rounds 5] [--prompt 512] [--gen 64] [--batch 16] MODEL.gguf ...
 * FOLDER holds llama-bench and llama-batched-bench: see bench/peers/llama-cpp.sh. Prints Markdown.
 */
import { loadavg } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { comparison, machineLine, record, run, runLlamero, type Samples } from "./paired.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peer: { type: "string" },
    rounds: { type: "string", default: "5" },
    prompt: { type: "string", default: "512" },
    gen: { type: "string", default: "64" },
    batch: { type: "string", default: "16" },
    threads: { type: "string", default: "2" },
  },
});
const { peer, prompt, gen, batch, threads } = values;
if (peer === undefined || positionals.length === 0)
  throw new TypeError("Give --peer FOLDER and at least one model");

function runPeer(model: string, samples: Samples): void {
  const args = ["-m", model, "-t", threads, "-p", prompt, "-n", gen, "-r", "1", "-o", "json"];
  const tests = JSON.parse(run(join(peer!, "llama-bench"), args)) as {
    n_prompt: number;
    samples_ts: number[];
  }[];
  for (const { n_prompt, samples_ts } of tests)
    record(samples, n_prompt > 0 ? `prompt ${prompt}` : `generate ${gen}`, samples_ts[0]!);
  const batched = ["-m", model, "-t", threads, "-c", "2048", "-npp", "16", "-ntg", "16", "-npl", batch];
  const row = run(join(peer!, "llama-batched-bench"), batched)
    .split("\n")
    .find((line) => /^\| +16 \|/.test(line));
  const cells = row?.split("|").map((cell) => Number(cell.trim()));
  if (cells?.[8] !== undefined) record(samples, `generate 16 x ${batch}`, cells[8]);
}

function runOurs(model: string, samples: Samples): void {
  const common = [model, "-t", threads, "-r", "1"];
  for (const { test, best } of runLlamero([...common, "--prompt", prompt, "--gen", gen]).results)
    record(samples, `${test} ${test === "prompt" ? prompt : gen}`, best);
  const many = runLlamero([...common, "--prompt", "16", "--gen", "16", "--batch", batch]).results.find(
    ({ test }) => test === "generate",
  );
  if (many !== undefined) record(samples, `generate 16 x ${batch}`, many.best);
}

console.log(`${machineLine()}; ${threads} threads\n`);
for (const model of positionals) {
  const [theirs, ours]: [Samples, Samples] = [new Map(), new Map()];
  for (let round = 0; round < Number(values.rounds); round++) {
    runPeer(model, theirs);
    runOurs(model, ours);
  }
  console.log(`## ${basename(model)} (load after ${loadavg()[0]!.toFixed(1)})\n`);
  console.log(`${comparison(["llama.cpp", theirs], ["Llamero", ours])}\n`);
}
