import type { Checkpoint } from "../formats/checkpoint.ts";
import type { SamplingParams } from "./params.ts";
import { checkSampling } from "./validate.ts";

/** Names of the fields in `generation_config.json` and behind `general.sampling.` in GGUF. */
const fields = [
  { field: "temperature", huggingFace: "temperature", gguf: "temp" },
  { field: "topK", huggingFace: "top_k", gguf: "top_k" },
  { field: "topP", huggingFace: "top_p", gguf: "top_p" },
  { field: "minP", huggingFace: "min_p", gguf: "min_p" },
  { field: "repetitionPenalty", huggingFace: "repetition_penalty", gguf: "penalty_repeat" },
] as const;

/** A recommendation under the names of one of the two files; what is not recommended is left out. */
export function samplingFields(
  sampling: Partial<SamplingParams>,
  names: "huggingFace" | "gguf",
): [name: string, value: number][] {
  return fields.flatMap((each): [string, number][] => {
    const value = sampling[each.field];
    return value === undefined ? [] : [[each[names], value]];
  });
}

/**
 * The sampling that a model's files recommend, for requests that do not say: `generation_config.json` of Hugging Face
 * (`do_sample: false` is greedy), or the keys `general.sampling.*` of GGUF. Throws RangeError for a value that cannot be.
 */
export function recommendedSampling({
  kind,
  metadata,
}: Pick<Checkpoint, "kind" | "metadata">): Partial<SamplingParams> {
  const config = metadata["generation_config"];
  const table = (kind === "gguf" ? metadata : config) as Readonly<Record<string, unknown>> | undefined;
  if (typeof table !== "object" || table === null) return {};
  if (kind !== "gguf" && table["do_sample"] === false) return { temperature: 0 };
  const entries = fields.flatMap(({ field, huggingFace, gguf }) => {
    const value = table[kind === "gguf" ? `general.sampling.${gguf}` : huggingFace];
    return value === undefined || value === null ? [] : [[field, value] as const];
  });
  const sampling = Object.fromEntries(entries) as Partial<SamplingParams>;
  checkSampling(sampling);
  return sampling;
}
