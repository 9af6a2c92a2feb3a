import type { WeightFormat } from "@llamero/kernels";
import type { Checkpoint } from "../formats/checkpoint.ts";
import { ggufContents } from "../formats/gguf-export.ts";
import { ggufSizeBytes, ggufSteps } from "../formats/gguf-writer.ts";
import { floatSources, huggingFaceContents, huggingFaceSteps } from "../formats/huggingface-export.ts";
import { safetensorsSizeBytes } from "../formats/safetensors.ts";
import { runSteps, UnfinishedOutput } from "./unfinished-output.ts";

/** Element formats that a conversion can write. */
export type ConvertFormat = "f32" | "f16" | "bf16" | "q8_0";

export interface ConvertOptions {
  /** One GGUF file, or a Hugging Face folder. */
  container: "gguf" | "safetensors";
  format: ConvertFormat;
  signal?: AbortSignal | undefined;
  onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

/** general.file_type of llama.cpp. */
const fileTypes: { readonly [F in ConvertFormat]: number } = { f32: 0, f16: 1, q8_0: 7, bf16: 32 };

/**
 * Writes a checkpoint of any kind in another container, with its tokenizer and chat template. Throws RangeError when
 * the name is taken, the disk too full, or the container cannot hold the format.
 */
export async function convertModel(
  source: Checkpoint,
  final: string,
  options: ConvertOptions,
): Promise<{ path: string; sizeBytes: number }> {
  const { signal, onProgress } = options;
  const { sizeBytes, steps } =
    options.container === "gguf" ? ggufWriter(source, options.format) : folderWriter(source, options.format);
  using output = new UnfinishedOutput(final, sizeBytes);
  await runSteps(steps(output.path), { signal, onStep: (done) => onProgress?.(done, sizeBytes) });
  output.keep();
  return { path: final, sizeBytes };
}

interface Writer {
  sizeBytes: number;
  steps(path: string): Iterable<number>;
}

function ggufWriter(source: Checkpoint, format: ConvertFormat): Writer {
  const contents = ggufContents(source, {
    formatOf: ({ shape }): WeightFormat => (format === "q8_0" && shape.at(-1)! % 32 !== 0 ? "f16" : format),
    metadata: [["general.file_type", { type: "u32", value: fileTypes[format] }]],
  });
  return { sizeBytes: ggufSizeBytes(contents), steps: (path) => ggufSteps(path, contents) };
}

function folderWriter(source: Checkpoint, format: ConvertFormat): Writer {
  if (format === "q8_0") {
    throw new RangeError("A Hugging Face folder cannot hold q8_0; use f32, f16 or bf16, or write GGUF");
  }
  const contents = huggingFaceContents(source, { sourcesOf: floatSources(format), dtype: format });
  return {
    sizeBytes: safetensorsSizeBytes(contents.weights),
    steps: (path) => huggingFaceSteps(path, contents),
  };
}
