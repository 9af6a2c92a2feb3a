import type { TensorInfo } from "./checkpoint.ts";
import { FormatError } from "./format-error.ts";
import { readGguf } from "./gguf.ts";
import { JsonFields } from "./json-fields.ts";
import { pairUp, type StoredAdapter } from "./stored-adapter.ts";
import { renameTensor } from "./tensor-names.ts";

/** Reads a GGUF LoRA adapter, whose q and k have the row order of GGUF models. */
export function readGgufAdapter(path: string): StoredAdapter {
  const gguf = readGguf(path);
  const metadata = Object.fromEntries([...gguf.metadata].map(([key, { value }]) => [key, value]));
  const fields = new JsonFields(metadata, path);
  for (const [key, wanted] of [
    ["general.type", "adapter"],
    ["adapter.type", "lora"],
    ["general.architecture", "llama"],
  ] as const) {
    const value = fields.raw(key);
    if (value !== wanted) fields.fail(`${key} is ${JSON.stringify(value)}; a LoRA adapter has "${wanted}"`);
  }
  const alpha = fields.raw("adapter.lora.alpha");
  if (typeof alpha !== "number" || !Number.isFinite(alpha)) {
    return fields.fail("adapter.lora.alpha is missing");
  }
  const parts: { target: string; part: "a" | "b"; tensor: TensorInfo }[] = [];
  for (const tensor of gguf.tensors.values()) {
    const match = /^(.+)\.lora_([ab])$/.exec(tensor.name);
    if (match === null) {
      throw new FormatError("Not a matrix of a LoRA adapter", { file: path, tensor: tensor.name });
    }
    const target = renameTensor(match[1]!, "gguf", "hf") ?? match[1]!;
    parts.push({ target, part: match[2] as "a" | "b", tensor });
  }
  const baseModel = fields.raw("general.base_model.0.name");
  return {
    file: path,
    ropeLayout: "adjacent",
    baseModel: typeof baseModel === "string" ? baseModel : null,
    // As llama.cpp: alpha 0 means a scale of 1.
    pairs: pairUp(parts, path).map((pair) => ({
      ...pair,
      scaleOf: (rank) => (alpha === 0 ? 1 : alpha / rank),
    })),
  };
}
