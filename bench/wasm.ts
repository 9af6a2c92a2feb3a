/**
 * Claim: how much slower WebAssembly generates than native code, by Node version and threads, in turns.
 * Usage: npx tsx bench/wasm.ts [--node PATH]... [--rounds 5] [--gen 64] [--prompt 64] [--threads 1,2] MODEL.gguf
 * Without --node: the Node that runs this. Prints Markdown.
 */
import { loadavg } from "node:os";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { comparison, machineLine, record, run, runLlamero, type Samples } from "./paired.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: "string", multiple: true, default: [process.execPath] },
    native: { type: "string", default: "avx2" },
    rounds: { type: "string", default: "5" },
    prompt: { type: "string", default: "64" },
    gen: { type: "string", default: "64" },
    threads: { type: "string", default: "1,2" },
  },
});
const { native, rounds, prompt, gen } = values;
const model = positionals[0];
if (model === undefined) throw new TypeError("Give a model");

console.log(`${machineLine()}; model ${basename(model)}\n`);
for (const node of values.node) {
  for (const threads of values.threads.split(",")) {
    const sides = { [native]: new Map() as Samples, wasm: new Map() as Samples };
    for (let round = 0; round < Number(rounds); round++) {
      const order = Object.keys(sides);
      for (const backend of round % 2 === 0 ? order : order.reverse()) {
        const args = [model, "-t", threads, "-r", "1", "--prompt", prompt, "--gen", gen];
        const { results } = runLlamero(args, { node, env: { LLAMERO_BACKEND: backend } });
        for (const { test, tokens, best } of results) record(sides[backend]!, `${test} ${tokens}`, best);
      }
    }
    const version = run(node, ["--version"]).trim();
    console.log(`## Node ${version}, ${threads} threads (load after ${loadavg()[0]!.toFixed(1)})\n`);
    console.log(`${comparison(["WebAssembly", sides.wasm], [native, sides[native]!])}\n`);
  }
}
