/**
 * Peak memory of loading a model and of answering with it, against the size of its file.
 *
 *   LLAMERO_MODELS=folder node --conditions=@llamero/source --import tsx bench/memory.ts [--formats q8_0,q4_0,...]
 *
 * SmolLM2 from LLAMERO_MODELS, and random models written to the temporary folder. Each is loaded by a process of its
 * own, whose figures come from /proc/self/status: VmHWM (peak), RssAnon (packed weights and heap), RssFile (pages of
 * mapped files, which the system takes back when it needs them).
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type BackendChoice,
  chooseBackend,
  completeSampling,
  exportGguf,
  type LlamaConfig,
  loadEngine,
  openCheckpoint,
} from "@llamero/core";
import type { WeightFormat } from "@llamero/kernels";
import { fakeWeights } from "../packages/core/src/proof/fake-weights.ts";
import { modelPath } from "../packages/core/src/testdata.ts";

const { values: options } = parseArgs({
  options: {
    formats: { type: "string", default: "q8_0,q4_0,q4_1,q4_k,bf16,f16,q5_0,q5_1,q5_k,q6_k,f32" },
    backend: { type: "string", default: "native" },
    threads: { type: "string", default: "2" },
    /** A model to load, in the process that is measured. */
    measure: { type: "string" },
  },
});

/** Memory of this process in bytes. */
interface Memory {
  peak: number;
  resident: number;
  anonymous: number;
  file: number;
}

interface Measured {
  fileBytes: number;
  weightBytes: number;
  kvBytes: number;
  scratchBytes: number;
  before: Memory;
  /** Most anonymous memory seen while tensors were packed. */
  anonymousPeak: number;
  loaded: Memory;
  answered: Memory;
}

function memory(): Memory {
  const status = readFileSync("/proc/self/status", "utf8");
  const read = (key: string): number => Number(new RegExp(`${key}:\\s*(\\d+) kB`).exec(status)![1]) * 1024;
  return {
    peak: read("VmHWM"),
    resident: read("VmRSS"),
    anonymous: read("RssAnon"),
    file: read("RssFile"),
  };
}

async function measure(path: string): Promise<Measured> {
  const checkpoint = openCheckpoint(path);
  const { backend } = await chooseBackend({
    backend: options.backend as BackendChoice,
    threads: Number(options.threads),
  });
  await using _ = backend;
  const before = memory();
  let anonymousPeak = 0;
  await using loaded = await loadEngine(checkpoint, {
    backend,
    context: 512,
    batch: 1,
    onProgress: () => {
      anonymousPeak = Math.max(anonymousPeak, memory().anonymous);
    },
  });
  const afterLoading = memory();
  const promptIds = Array.from({ length: 256 }, (_, i) => (i * 37) % checkpoint.config.vocabSize);
  const sampling = completeSampling({ temperature: 0 });
  const request = { promptIds, maxTokens: 16, sampling, stopIds: [], topLogprobs: 0 };
  for await (const _ of loaded.engine.generate(request));
  const { weightBytes, kvBytes, scratchBytes } = loaded.plan;
  return {
    fileBytes: checkpoint.sizeBytes,
    weightBytes,
    kvBytes,
    scratchBytes,
    before,
    anonymousPeak,
    loaded: afterLoading,
    answered: memory(),
  };
}

/** Shape of 410 million weights, fewer in wide formats and more in narrow ones, for files of 300 to 500 MB. */
function shapeOf(format: WeightFormat): LlamaConfig {
  const wide = ["f32", "f16", "bf16"].includes(format);
  const narrow = /^q4/.test(format);
  return {
    hiddenSize: 1280,
    intermediateSize: 5120,
    numHiddenLayers: format === "f32" ? 3 : wide ? 7 : narrow ? 28 : 15,
    numAttentionHeads: 20,
    numKeyValueHeads: 4,
    headDim: 64,
    vocabSize: 32_000,
    rmsNormEps: 1e-5,
    ropeTheta: 10_000,
    ropeScaling: null,
    maxPositionEmbeddings: 2048,
    tieWordEmbeddings: true,
  };
}

function measureInProcess(path: string): Measured {
  const { backend, threads } = options;
  const flags = ["--conditions=@llamero/source", "--import", import.meta.resolve("tsx")];
  const words = [import.meta.filename, "--measure", path, "--backend", backend, "--threads", threads];
  return JSON.parse(execFileSync(process.execPath, [...flags, ...words], { encoding: "utf8" })) as Measured;
}

const compact = new Set(["q8_0", "q4_0", "q4_1", "q4_k", "bf16", "f16"]);

function tableRow(name: string, format: string, m: Measured): string {
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(0);
  const share = (bytes: number): string => (bytes / m.fileBytes).toFixed(3);
  const limit = compact.has(format) ? 1.15 : 1.6;
  const peak = m.loaded.peak - m.before.resident;
  const anonymous = Math.max(m.anonymousPeak, m.loaded.anonymous) - m.before.anonymous;
  const after = m.answered.anonymous - m.before.anonymous - m.kvBytes - m.scratchBytes;
  const cells = [
    name,
    mb(m.fileBytes),
    share(m.weightBytes),
    mb(m.before.resident),
    `${mb(peak)} (${share(peak)})`,
    `${mb(anonymous)} (${share(anonymous)})`,
    share(Math.max(0, after)),
    `${limit}`,
    peak <= limit * m.fileBytes ? "yes" : anonymous <= limit * m.fileBytes ? "without mapped pages" : "no",
  ];
  return `| ${cells.join(" | ")} |`;
}

if (options.measure !== undefined) {
  console.log(JSON.stringify(await measure(options.measure)));
} else {
  const folder = mkdtempSync(join(tmpdir(), "llamero-memory-"));
  const rows: string[] = [];
  try {
    const real = modelPath("SmolLM2-135M-Instruct.Q4_1.gguf");
    if (real !== null) rows.push(tableRow("SmolLM2-135M Q4_1", "q4_1", measureInProcess(real)));
    for (const format of options.formats.split(",") as WeightFormat[]) {
      const path = join(folder, `${format}.gguf`);
      exportGguf(fakeWeights(shapeOf(format), { seed: 1, formatOf: () => format }), path, {
        formatOf: (tensor) => tensor.format,
      });
      rows.push(tableRow(`random ${format}`, format, measureInProcess(path)));
      rmSync(path);
      process.stderr.write(`${rows.at(-1)}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const root = join(import.meta.dirname, "..");
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], {
    cwd: root,
    encoding: "utf8",
  }).trim();
  console.log(`# Memory, ${new Date().toISOString().slice(0, 10)}

${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}, commit ${commit}, backend ${options.backend}, ${options.threads} threads, fast mode, context 512, batch 1.
Peak: VmHWM after loading less what the process held before. Anonymous: the same without pages of the mapped file,
which are read once, tensor by tensor, and given back. After an answer: anonymous memory less KV pool and scratch.
All as MB (share of the file).

Command: \`LLAMERO_MODELS=folder node --conditions=@llamero/source --import tsx bench/memory.ts${process.argv
    .slice(2)
    .map((word) => ` ${word}`)
    .join("")}\`

| model | file MB | packed weights | before, MB | peak of loading | anonymous peak | after an answer | limit | within |
|---|---|---|---|---|---|---|---|---|
${rows.join("\n")}`);
}
