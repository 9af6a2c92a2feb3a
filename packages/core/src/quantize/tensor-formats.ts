import type { WeightFormat } from "@llamero/kernels";
import { weightFormats } from "@llamero/kernels";
import type { TensorInfo } from "../formats/checkpoint.ts";
import type { LlamaConfig } from "../models/config.ts";
import type { QuantizeTarget } from "./targets.ts";

/** What stands in for a format whose block of 256 does not divide the row, as in llama.cpp. */
const narrower: Readonly<Partial<Record<WeightFormat, WeightFormat>>> = {
  q4_k: "q5_0",
  q5_k: "q5_1",
  q6_k: "q8_0",
};

/** The formats of a model's tensors under a target. */
export interface TensorFormats {
  of(tensor: TensorInfo): WeightFormat;
  /** What became something else than the target says, once per kind. */
  notes: readonly string[];
}

function fitting(format: WeightFormat, cols: number): WeightFormat {
  if (cols % weightFormats[format].blockElems === 0) return format;
  const next = narrower[format];
  return next !== undefined && cols % weightFormats[next].blockElems === 0 ? next : "f16";
}

/** Chooses the format of every tensor; vectors stay f32. */
export function chooseTensorFormats(
  tensors: ReadonlyMap<string, TensorInfo>,
  config: LlamaConfig,
  target: QuantizeTarget,
): TensorFormats {
  const chosen = new Map<string, WeightFormat>();
  const changed = new Map<string, number>();
  for (const { name, shape } of tensors.values()) {
    if (shape.length === 1) {
      chosen.set(name, target.container === "gguf" ? "f32" : "bf16");
      continue;
    }
    const match = /^model\.layers\.(\d+)\.(.+)$/.exec(name);
    const role = match?.[2] ?? name;
    const wanted = target.choose({ role, layer: match === null ? null : Number(match[1]), config });
    const cols = shape[1]!;
    const format = fitting(wanted, cols);
    chosen.set(name, format);
    if (format !== wanted) {
      const note = `rows of ${cols} are not whole blocks of ${weightFormats[wanted].blockElems}: ${format} instead of ${wanted}`;
      changed.set(note, (changed.get(note) ?? 0) + 1);
    }
  }
  return {
    of: ({ name }) => chosen.get(name)!,
    notes: [...changed].map(([note, count]) => `${count} matrices: ${note}`),
  };
}
