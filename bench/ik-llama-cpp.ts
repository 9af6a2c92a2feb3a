/**
 * Claim: Llamero against ik_llama.cpp, one stream, in turns on the same file and threads.
 * Usage: npx tsx bench/ik-llama-cpp.ts --peer FOLDER [--rounds 5] [--prompt 128] [--gen 24] MODEL.gguf ...
 * FOLDER: see bench/peers/ik-llama-cpp.sh. Prints Markdown.
 */
import { loadavg } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { comparison, machineLine, record, run, runLlamero, type Samples } from "./paired.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peer: { type: "string" },
    rounds: { type: "string", default: "5" },
    prompt: { type: "string", default: "128" },
    gen: { type: "string", default: "24" },
    threads: { type: "string", default: "2" },
  },
});
const { peer, prompt, gen, threads } = values;
if (peer === undefined || positionals.length === 0)
  throw new TypeError("Give --peer FOLDER and at least one model");
const script = fileURLToPath(new URL("./peers/ik-llama-cpp.py", import.meta.url));

console.log(`${machineLine()}; ${threads} threads\n`);
for (const model of positionals) {
  const [theirs, ours]: [Samples, Samples] = [new Map(), new Map()];
  let version = "";
  const runPeer = (): void => {
    const text = run(join(peer, "venv/bin/python"), [script, model, prompt, gen, threads]);
    // The library prints to standard output too.
    const answer = JSON.parse(text.trim().split("\n").at(-1)!) as {
      version: string;
      rates: Record<string, number>;
    };
    version = answer.version;
    for (const [test, rate] of Object.entries(answer.rates)) record(theirs, test, rate);
  };
  const runOurs = (): void => {
    const args = [model, "-t", threads, "-r", "1", "--prompt", prompt, "--gen", gen];
    for (const { test, tokens, best } of runLlamero(args).results) record(ours, `${test} ${tokens}`, best);
  };
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const one of round % 2 === 0 ? [runPeer, runOurs] : [runOurs, runPeer]) one();
  }
  console.log(`## ${basename(model)} (load after ${loadavg()[0]!.toFixed(1)})\n`);
  console.log(`${comparison([`ik-llama-cpp-python ${version}`, theirs], ["Llamero", ours])}\n`);
}
