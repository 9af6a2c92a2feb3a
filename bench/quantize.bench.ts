/**
 * Errors of our quantisers beside llama.cpp's on the same matrices, and what whole files lose against their source.
 *
 *   LLAMA_QUANTIZE=.../llama-quantize node --conditions=@llamero/source --import tsx bench/quantize.bench.ts made
 *   ... bench/quantize.bench.ts model.gguf [layers, such as 0,14,29]
 *   ... bench/quantize.bench.ts model.gguf --cost a.gguf b.gguf
 *
 * `made` is a matrix of 512 rows of 1,024 normal numbers, three in a thousand of them four times as large. Errors are root mean
 * squares relative to the matrix; llama-quantize runs with --pure. The file must be GGUF.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  chooseBackend,
  expectedTensors,
  floatTensor,
  measureCost,
  openCheckpoint,
  readTensorRows,
  renameTensor,
  writeGguf,
} from "@llamero/core";
import { type WeightFormat, weightFormats } from "@llamero/kernels";
import { seededRandom } from "../packages/core/src/formats/test-model.ts";
import { proofText } from "../packages/core/src/quantize/proof-text.data.ts";

const [model = "made", ...words] = process.argv.slice(2);

function writeMade(path: string): void {
  const random = seededRandom(1);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()) * (random() < 0.003 ? 4 : 1);
  const config = {
    hiddenSize: 512,
    intermediateSize: 1024,
    numHiddenLayers: 1,
    numAttentionHeads: 8,
    numKeyValueHeads: 8,
    headDim: 64,
    vocabSize: 32,
    rmsNormEps: 1e-5,
    ropeTheta: 10000,
    ropeScaling: null,
    maxPositionEmbeddings: 64,
    tieWordEmbeddings: true,
  };
  const text = (value: string) => ({ type: "string", value }) as const;
  const count = (value: number) => ({ type: "u32", value }) as const;
  const metadata = [
    ["general.architecture", text("llama")],
    ["llama.context_length", count(64)],
    ["llama.embedding_length", count(512)],
    ["llama.block_count", count(1)],
    ["llama.feed_forward_length", count(1024)],
    ["llama.attention.head_count", count(8)],
    ["llama.attention.head_count_kv", count(8)],
    ["llama.attention.layer_norm_rms_epsilon", { type: "f32", value: 1e-5 }],
    ["tokenizer.ggml.model", text("gpt2")],
    ["tokenizer.ggml.pre", text("gpt-2")],
    [
      "tokenizer.ggml.tokens",
      { type: "array", of: "string", value: Array.from({ length: 32 }, (_, i) => `t${i}`) },
    ],
  ] as const;
  const tensors = [...expectedTensors(config)].map(([name, shape]) => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => normal() / 50);
    return floatTensor(renameTensor(name, "hf", "gguf")!, shape, values);
  });
  writeGguf(path, { metadata, tensors });
}

async function costs(source: string, files: readonly string[]): Promise<void> {
  const { backend } = await chooseBackend();
  await using _ = backend;
  for (const file of files) {
    const cost = await measureCost(openCheckpoint(source), openCheckpoint(file), {
      backend,
      text: proofText.content,
    });
    console.log(file.split("/").at(-1), JSON.stringify(cost));
  }
}

function errors(source: string, layers: readonly number[], folder: string): void {
  const program = process.env["LLAMA_QUANTIZE"];
  if (program === undefined) throw new TypeError("LLAMA_QUANTIZE must name llama.cpp's llama-quantize");
  const original = openCheckpoint(source);
  console.log("| format | ours | llama.cpp | ratio | ns a weight |\n|---|---|---|---|---|");
  for (const format of [
    "q8_0",
    "q6_k",
    "q5_k",
    "q5_1",
    "q5_0",
    "q4_k",
    "q4_1",
    "q4_0",
  ] satisfies WeightFormat[]) {
    const file = join(folder, `${format}.gguf`);
    execFileSync(program, ["--pure", source, file, format.toUpperCase(), "2"], { stdio: "ignore" });
    const theirs = openCheckpoint(file);
    const sums = { ours: 0, theirs: 0, power: 0, ms: 0, count: 0 };
    for (const layer of layers) {
      const name = `model.layers.${layer}.mlp.down_proj.weight`;
      const stored = theirs.tensors.get(name)!;
      if (stored.format !== format) throw new RangeError(`${name} became ${stored.format}, not ${format}`);
      const rows = stored.shape[0]!;
      const values = readTensorRows(original.tensors.get(name)!, 0, rows);
      const { blockElems, blockBytes, quantize, dequantize } = weightFormats[format];
      const bytes = new Uint8Array((values.length / blockElems) * blockBytes);
      quantize(values, 0, bytes, 0, values.length / 2);
      const start = performance.now();
      quantize(values, 0, bytes, 0, values.length);
      sums.ms += performance.now() - start;
      const ours = new Float32Array(values.length);
      dequantize(bytes, 0, ours, 0, values.length);
      const other = readTensorRows(stored, 0, rows);
      for (let i = 0; i < values.length; i++) {
        sums.ours += (ours[i]! - values[i]!) ** 2;
        sums.theirs += (other[i]! - values[i]!) ** 2;
        sums.power += values[i]! ** 2;
      }
      sums.count += values.length;
    }
    const [ours, other] = [sums.ours, sums.theirs].map((sum) => Math.sqrt(sum / sums.power).toFixed(6));
    const ratio = Math.sqrt(sums.ours / sums.theirs).toFixed(4);
    console.log(
      `| ${format} | ${ours} | ${other} | ${ratio} | ${((sums.ms * 1e6) / sums.count).toFixed(0)} |`,
    );
  }
}

const folder = mkdtempSync(join(tmpdir(), "llamero-quantize-"));
try {
  const source = model === "made" ? join(folder, "made.gguf") : model;
  if (model === "made") writeMade(source);
  if (words[0] === "--cost") await costs(source, words.slice(1));
  else errors(source, (words[0] ?? "0").split(",").map(Number), folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
