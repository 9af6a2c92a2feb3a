import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { floatTensor, type GgufValue, renameTensor, writeGguf, writeSafetensors } from "@llamero/core";
import type { AdapterSpec } from "@llamero/kernels";
import { rowsInLayout, type StoredLayout } from "./adapter-spec.ts";

export interface WriteAdapterOptions extends StoredLayout {
  /** Name or path of the model that it was made for. */
  baseModel: string;
}

/** Names of the targets without layer: `q_proj`, ... */
function modulesOf({ targets }: AdapterSpec): string[] {
  return [...new Set(targets.map(({ target }) => target.split(".").at(-2)!))].sort();
}

/** Writes an adapter as a folder that PEFT and this engine load. */
export function writePeftAdapter(folder: string, adapter: AdapterSpec, options: WriteAdapterOptions): void {
  const [{ rank, scale }] = adapter.targets as [AdapterSpec["targets"][number]];
  mkdirSync(folder, { recursive: true });
  const tensors = adapter.targets.flatMap((target) => {
    const module = `base_model.model.${target.target.slice(0, -".weight".length)}`;
    return [
      floatTensor(`${module}.lora_A.weight`, [target.rank, target.cols], target.a),
      floatTensor(
        `${module}.lora_B.weight`,
        [target.rows, target.rank],
        rowsInLayout(target, options, "halves"),
      ),
    ];
  });
  writeSafetensors(join(folder, "adapter_model.safetensors"), { tensors });
  const config = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: options.baseModel,
    r: rank,
    lora_alpha: scale * rank,
    lora_dropout: 0,
    target_modules: modulesOf(adapter),
    bias: "none",
    fan_in_fan_out: false,
    modules_to_save: null,
    use_dora: false,
    use_rslora: false,
    inference_mode: true,
  };
  // Last, so that a folder with it is whole.
  writeFileSync(join(folder, "adapter_config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

/** Writes an adapter as a GGUF file that llama.cpp and this engine load. */
export function writeGgufAdapter(path: string, adapter: AdapterSpec, options: WriteAdapterOptions): void {
  const [{ rank, scale }] = adapter.targets as [AdapterSpec["targets"][number]];
  const text = (value: string): GgufValue => ({ type: "string", value });
  const metadata: [string, GgufValue][] = [
    ["general.type", text("adapter")],
    ["general.architecture", text("llama")],
    ["general.name", text(adapter.name)],
    ["general.base_model.count", { type: "u32", value: 1 }],
    ["general.base_model.0.name", text(options.baseModel)],
    ["adapter.type", text("lora")],
    ["adapter.lora.alpha", { type: "f32", value: scale * rank }],
  ];
  const tensors = adapter.targets.flatMap((target) => {
    const name = renameTensor(target.target, "hf", "gguf");
    if (name === null) throw new RangeError(`${target.target} has no name in GGUF`);
    return [
      floatTensor(`${name}.lora_a`, [target.rank, target.cols], target.a),
      floatTensor(`${name}.lora_b`, [target.rows, target.rank], rowsInLayout(target, options, "adjacent")),
    ];
  });
  writeGguf(path, { metadata, tensors });
}
