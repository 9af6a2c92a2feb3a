import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TensorInfo } from "./checkpoint.ts";
import { FormatError } from "./format-error.ts";
import { isJsonObject, JsonFields, readJsonObject } from "./json-fields.ts";
import { readSafetensors } from "./safetensors.ts";
import { pairUp, type StoredAdapter } from "./stored-adapter.ts";

/** Settings of PEFT that change what an adapter means, and the values that leave it plain LoRA. */
const plainSettings: Readonly<Record<string, readonly unknown[]>> = {
  use_dora: [false],
  bias: ["none"],
  lora_bias: [false],
  fan_in_fan_out: [false],
  modules_to_save: [],
  trainable_token_indices: [],
  target_parameters: [],
  use_qalora: [false],
  alora_invocation_tokens: [],
};

function checkPlain(fields: JsonFields): void {
  const type = fields.raw("peft_type") ?? "LORA";
  if (type !== "LORA") fields.fail(`peft_type ${JSON.stringify(type)} is not supported; only LORA is`);
  for (const [key, plain] of Object.entries(plainSettings)) {
    const value = fields.raw(key);
    const isEmpty = Array.isArray(value) && value.length === 0;
    if (value === undefined || isEmpty || plain.includes(value)) continue;
    fields.fail(`${key} ${JSON.stringify(value)} is not supported; only plain LoRA adapters can be loaded`);
  }
}

/** The value of a pattern such as `layers.0.self_attn.q_proj` that a module's name ends in, as PEFT finds it. */
function patternValue(fields: JsonFields, key: string, module: string): number | undefined {
  const patterns = fields.raw(key);
  if (!isJsonObject(patterns)) return undefined;
  for (const [pattern, value] of Object.entries(patterns)) {
    const isMatch = module === pattern || module.endsWith(`.${pattern}`);
    if (isMatch && typeof value === "number") return value;
    if (!/^[\w.]+$/.test(pattern))
      fields.fail(`${key} has ${JSON.stringify(pattern)}; only names are supported`);
  }
  return undefined;
}

const tensorName = /^(?:base_model\.model\.)?(.+)\.lora_([AB])(?:\.default)?\.weight$/;

/** Reads a PEFT folder. Throws FormatError by name for what is not plain LoRA. */
export function readPeftAdapter(folder: string): StoredAdapter {
  const configPath = join(folder, "adapter_config.json");
  const file = join(folder, "adapter_model.safetensors");
  if (!existsSync(configPath)) {
    throw new FormatError("Folder has no adapter_config.json; a PEFT adapter has one", { file: folder });
  }
  if (!existsSync(file)) {
    throw new FormatError("Folder has no adapter_model.safetensors; save the adapter as safetensors", {
      file: folder,
    });
  }
  const fields = new JsonFields(readJsonObject(configPath), configPath);
  checkPlain(fields);
  const rank = fields.count("r", null);
  const alpha = fields.positive("lora_alpha", null);
  const isStabilized = fields.raw("use_rslora") === true;
  const parts: { target: string; part: "a" | "b"; tensor: TensorInfo }[] = [];
  for (const tensor of readSafetensors(file).tensors.values()) {
    const match = tensorName.exec(tensor.name);
    if (match === null) {
      throw new FormatError("Not a matrix of a plain LoRA adapter", { file, tensor: tensor.name });
    }
    parts.push({ target: `${match[1]}.weight`, part: match[2] === "A" ? "a" : "b", tensor });
  }
  const baseModel = fields.raw("base_model_name_or_path");
  return {
    file,
    ropeLayout: "halves",
    baseModel: typeof baseModel === "string" && baseModel !== "" ? baseModel : null,
    pairs: pairUp(parts, file).map((pair) => {
      const module = pair.target.slice(0, -".weight".length);
      const wanted = patternValue(fields, "rank_pattern", module) ?? rank;
      if (pair.a.shape[0] !== wanted) {
        const problem = `Shape is [${pair.a.shape.join(", ")}], but adapter_config.json says rank ${wanted}`;
        throw new FormatError(problem, { file, tensor: pair.a.name });
      }
      const numerator = patternValue(fields, "alpha_pattern", module) ?? alpha;
      return { ...pair, scaleOf: (r) => numerator / (isStabilized ? Math.sqrt(r) : r) };
    }),
  };
}
