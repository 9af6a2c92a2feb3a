/** Random LoRA adapters of a model, as specs and as files. Tests only. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AdapterSpec, rowBytes, weightFormats } from "@llamero/kernels";
import type { LlamaConfig } from "../models/config.ts";
import { expectedTensors } from "./check-tensors.ts";
import type { Checkpoint, TensorInfo } from "./checkpoint.ts";
import { readTensorRows } from "./read-tensor-rows.ts";
import { writeSafetensors } from "./safetensors.ts";
import { floatTensor } from "./tensor-source.ts";
import { seededRandom } from "./test-model.ts";

/** A change of every matrix of every layer, large enough to move the logits. */
export function randomAdapterOf(config: LlamaConfig, name: string, seed: number, rank = 4): AdapterSpec {
  const random = seededRandom(seed);
  const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => random() - 0.5);
  const targets = [...expectedTensors(config)].flatMap(([target, shape]) => {
    if (!target.includes("_proj")) return [];
    const [rows, cols] = shape as [number, number];
    const [a, b] = [numbers(rank * cols), numbers(rows * rank)];
    return [{ target, rank, rows, cols, a, b, scale: 2 / rank }];
  });
  return { name, targets };
}

/** The checkpoint with f32 weights that the adapter is added to: W + scale * B A. */
export function mergeAdapter(checkpoint: Checkpoint, { targets }: AdapterSpec): Checkpoint {
  const tensors = new Map(checkpoint.tensors);
  for (const { target, rank, rows, cols, a, b, scale } of targets) {
    const tensor = checkpoint.tensors.get(target)!;
    const values = Float64Array.from(readTensorRows(tensor, 0, rows));
    for (let n = 0; n < rows; n++) {
      for (let k = 0; k < cols; k++) {
        for (let r = 0; r < rank; r++) values[n * cols + k]! += scale * b[n * rank + r]! * a[r * cols + k]!;
      }
    }
    const bytes = new Uint8Array(rows * rowBytes("f32", cols));
    weightFormats.f32.quantize(Float32Array.from(values), 0, bytes, 0, values.length);
    const merged: TensorInfo = { ...tensor, format: "f32", data: { kind: "bytes", bytes } };
    tensors.set(target, merged);
  }
  return { ...checkpoint, tensors };
}

/** Writes the adapter as PEFT does; `config` replaces entries of adapter_config.json. */
export function writePeft(
  folder: string,
  { targets }: AdapterSpec,
  config: Readonly<Record<string, unknown>> = {},
): void {
  mkdirSync(folder, { recursive: true });
  const { rank, scale } = targets[0]!;
  const settings = { peft_type: "LORA", r: rank, lora_alpha: scale * rank, use_dora: false, bias: "none" };
  const rest = { modules_to_save: null, target_modules: ["q_proj"], base_model_name_or_path: "tiny" };
  writeFileSync(join(folder, "adapter_config.json"), JSON.stringify({ ...settings, ...rest, ...config }));
  const tensors = targets.flatMap(({ target, rank: r, rows, cols, a, b }) => {
    const module = `base_model.model.${target.slice(0, -".weight".length)}`;
    return [
      floatTensor(`${module}.lora_A.weight`, [r, cols], a),
      floatTensor(`${module}.lora_B.weight`, [rows, r], b),
    ];
  });
  writeSafetensors(join(folder, "adapter_model.safetensors"), { tensors });
}
