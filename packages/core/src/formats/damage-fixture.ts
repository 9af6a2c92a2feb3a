/** Damage to whole model files: whatever the bytes, a model opens or a FormatError says why not. Tests only. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { weightFormats } from "@llamero/kernels";
import { FormatError } from "./format-error.ts";
import { exportGguf } from "./gguf-export.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import { renameTensor } from "./tensor-names.ts";
import { seededRandom, testConfig, writeJson, writeTestFolder } from "./test-model.ts";
import { writeTorchArchive } from "./torch-fixture.ts";

export type SampleKind = "gguf" | "safetensors" | "config" | "torch";

export interface Sample {
  /** The file to damage. */
  path: string;
  /** Bytes from here on are tensor data; flips there change no structure. */
  headerBytes: number;
  /** Structure at the end of the file, as the directory of a zip archive. */
  tailBytes: number;
}

/** One small model in every format. */
export function makeSamples(folder: string): { [K in SampleKind]: Sample } {
  const hf = join(folder, "hf");
  const meta = join(folder, "meta");
  mkdirSync(hf);
  mkdirSync(meta);
  const config = { ...testConfig, numHiddenLayers: 1 };
  const tensors = writeTestFolder(hf, config);
  const model = openCheckpoint(hf);
  const first = [...model.tensors.values()].map(({ data }) => (data.kind === "file" ? data.offset : 0));
  const gguf = join(folder, "model.gguf");
  const tokens = Array.from({ length: 48 }, (_, i) => `t${i}`);
  const tokenizer = {
    kind: "gguf",
    model: "gpt2",
    pre: "llama-bpe",
    tokens,
    tokenTypes: tokens.map(() => 1),
  } as const;
  exportGguf({ ...model, tokenizer: { ...tokenizer, merges: ["t 1"], addBosToken: true } }, gguf, {
    formatOf: () => "q8_0",
  });
  const ggufFirst = [...openCheckpoint(gguf).tensors.values()].map(({ data }) =>
    data.kind === "file" ? data.offset : 0,
  );
  const torch = join(meta, "consolidated.00.pth");
  writeTorchArchive(
    torch,
    tensors.map(({ name, shape, values }) => {
      const bytes = new Uint8Array(values.length * 4);
      weightFormats.f32.quantize(values, 0, bytes, 0, values.length);
      return { name: renameTensor(name, "hf", "meta")!, shape, format: "f32" as const, bytes };
    }),
  );
  writeJson(meta, "params.json", {
    dim: 32,
    n_layers: 1,
    n_heads: 4,
    n_kv_heads: 2,
    norm_eps: 1e-5,
    rope_theta: 1e4,
  });
  const configPath = join(hf, "config.json");
  return {
    gguf: { path: gguf, headerBytes: Math.min(...ggufFirst), tailBytes: 0 },
    safetensors: { path: join(hf, "model.safetensors"), headerBytes: Math.min(...first), tailBytes: 0 },
    config: { path: configPath, headerBytes: readFileSync(configPath).length, tailBytes: 0 },
    torch: { path: torch, headerBytes: 3000, tailBytes: 2500 },
  };
}

/** Opens a damaged model; returns whether it opened. Any other error than FormatError fails the test. */
function opens(sample: Sample, damaged: Uint8Array, what: string): boolean {
  writeFileSync(sample.path, damaged);
  const target = sample.path.endsWith("config.json") ? dirname(sample.path) : sample.path;
  const before = process.memoryUsage().arrayBuffers;
  try {
    openCheckpoint(target);
    return true;
  } catch (error) {
    if (!(error instanceof FormatError))
      assert.fail(`${what}: ${error instanceof Error ? error.stack : error}`);
    return false;
  } finally {
    const grown = process.memoryUsage().arrayBuffers - before;
    assert.ok(grown < 8 * damaged.length + 2 ** 23, `${what}: allocated ${grown} bytes`);
  }
}

/** Cuts the file at every `step`-th byte of its structure and every 997th of the data: it must never open. */
export function cutEverywhere(sample: Sample, step: number): void {
  const whole = readFileSync(sample.path);
  for (let length = 0; length < whole.length - 32; length += length < sample.headerBytes ? step : 997) {
    assert.equal(opens(sample, whole.subarray(0, length), `cut at ${length}`), false, `cut at ${length}`);
  }
}

function offsetOf(sample: Sample, whole: Buffer, at: number, width: number): number {
  if (at < sample.headerBytes) return Math.min(at, whole.length - width);
  return whole.length - width - (at - sample.headerBytes);
}

/** Overwrites one to three random bytes of the structure, `rounds` times. */
export function flipBytes(sample: Sample, rounds: number, seed: number): void {
  const whole = readFileSync(sample.path);
  const random = seededRandom(seed);
  const special = [0, 1, 0x7f, 0x80, 0xff];
  for (let round = 0; round < rounds; round++) {
    const damaged = Buffer.from(whole);
    const edits: string[] = [];
    for (let i = Math.floor(random() * 3); i >= 0; i--) {
      const at = Math.floor(random() * (sample.headerBytes + sample.tailBytes));
      const offset = offsetOf(sample, whole, at, 1);
      damaged[offset] = special[Math.floor(random() * 10)] ?? Math.floor(random() * 256);
      edits.push(`${offset}=${damaged[offset]}`);
    }
    opens(sample, damaged, `round ${round}: ${edits.join(" ")}`);
  }
}

/** Writes a huge 64-bit number at every `step`-th byte of the structure. */
export function writeHugeNumbers(sample: Sample, step: number): void {
  const whole = readFileSync(sample.path);
  const huge = [2n ** 31n, 2n ** 40n, 2n ** 53n, 2n ** 64n - 1n];
  for (let at = 0; at < sample.headerBytes + sample.tailBytes; at += step) {
    const offset = offsetOf(sample, whole, at, 8);
    const damaged = Buffer.from(whole);
    damaged.writeBigUInt64LE(huge[Math.floor(at / step) % 4]!, offset);
    opens(sample, damaged, `huge number at ${offset}`);
  }
}
