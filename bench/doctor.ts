/**
 * Claim: `llamero doctor` predicts generation and prompt speed within 25 %. Prediction and real run in turns.
 * Usage: npx tsx bench/doctor.ts [--rounds 3] [--gen 64] [--threads 2] MODEL.gguf ...
 * Prints Markdown.
 */
import { loadavg } from "node:os";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { llamero, machineLine, median, record, run, runLlamero, type Samples, showRate } from "./paired.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3" },
    gen: { type: "string", default: "64" },
    threads: { type: "string", default: "2" },
  },
});
const { rounds, gen, threads } = values;

interface Facts {
  backend: { name: string };
  expected: { predicted: Record<string, number> | null }[];
}

console.log(`${machineLine()}; ${threads} threads\n`);
console.log(
  "| model | test | predicted, median | measured, median | predicted / measured |\n|---|---|---|---|---|",
);
const raw: string[] = [];
for (const model of positionals) {
  const [predicted, measured]: [Samples, Samples] = [new Map(), new Map()];
  let seconds = 0;
  for (let round = 0; round < Number(rounds); round++) {
    const started = performance.now();
    const text = run(process.execPath, [llamero, "doctor", model, "-t", threads, "--json"]);
    seconds = Math.max(seconds, (performance.now() - started) / 1000);
    const speed = (JSON.parse(text) as Facts).expected[0]!.predicted!;
    record(predicted, "generate", speed["generationTokensPerSecond"]!);
    record(predicted, "prompt", speed["promptTokensPerSecond"]!);
    const prompt = String(speed["promptTokens"]);
    const { results } = runLlamero([model, "-t", threads, "-r", "1", "--prompt", prompt, "--gen", gen]);
    for (const { test, best } of results) record(measured, test, best);
  }
  for (const test of ["generate", "prompt"]) {
    const [a, b] = [predicted.get(test)!, measured.get(test)!];
    const ratio = (median(a) / median(b)).toFixed(2);
    console.log(
      `| ${basename(model)} | ${test} | ${showRate(median(a))} | ${showRate(median(b))} | ${ratio} |`,
    );
    raw.push(
      `${basename(model)}, ${test}: predicted ${a.map(showRate).join(" ")}; measured ${b.map(showRate).join(" ")}`,
    );
  }
  raw.push(`${basename(model)}: doctor took ${seconds.toFixed(1)} s at most, process start included`);
}
console.log(`\n${raw.join("\n\n")}\n\nLoad after: ${loadavg()[0]!.toFixed(1)}`);
