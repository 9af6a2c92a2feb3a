import type { GgufScalarType, GgufValue } from "../formats/gguf-types.ts";
import type { LogitCost } from "./compare-logits.ts";

/** Score of a task before and after, between 0 and 1. */
export interface TaskDelta {
  task: string;
  source: number;
  score: number;
}

/** What a quantised file says about itself and its source. */
export interface QuantizeProof extends LogitCost {
  target: string;
  /** Name of the source model, its size and the formats of its matrices. */
  source: string;
  sourceSizeBytes: number;
  sourceFormats: string;
  /** Name of the text and the SHA-256 of its bytes. */
  text: string;
  textSha256: string;
  mode: string;
  maxPerplexityCost: number;
  /** False in a file that was kept by force. */
  isWithinLimit: boolean;
  tasks: readonly TaskDelta[];
}

const PREFIX = "llamero.quantize.";

/** Keys of the file by field of the proof. Numbers are float64 so that values can be filled in after writing. */
const fields: readonly { field: Exclude<keyof QuantizeProof, "tasks">; key: string; type: GgufScalarType }[] =
  [
    { field: "target", key: "target", type: "string" },
    { field: "source", key: "source", type: "string" },
    { field: "sourceSizeBytes", key: "source_size_bytes", type: "f64" },
    { field: "sourceFormats", key: "source_formats", type: "string" },
    { field: "text", key: "text", type: "string" },
    { field: "textSha256", key: "text_sha256", type: "string" },
    { field: "mode", key: "mode", type: "string" },
    { field: "tokens", key: "tokens", type: "f64" },
    { field: "sourcePerplexity", key: "source_perplexity", type: "f64" },
    { field: "perplexity", key: "perplexity", type: "f64" },
    { field: "perplexityCost", key: "perplexity_cost", type: "f64" },
    { field: "maxPerplexityCost", key: "max_perplexity_cost", type: "f64" },
    { field: "isWithinLimit", key: "is_within_limit", type: "bool" },
    { field: "klMean", key: "kl_mean", type: "f64" },
    { field: "klP99", key: "kl_p99", type: "f64" },
    { field: "topOneAgreement", key: "top1_agreement", type: "f64" },
  ];

/** The proof as GGUF metadata; any two proofs with the same texts and tasks take the same room. */
export function proofMetadata(proof: QuantizeProof): [string, GgufValue][] {
  const entries = fields.map(({ field, key, type }): [string, GgufValue] => [
    `${PREFIX}${key}`,
    { type, value: proof[field] },
  ]);
  for (const { task, source, score } of proof.tasks) {
    entries.push([`${PREFIX}task.${task}.source`, { type: "f64", value: source }]);
    entries.push([`${PREFIX}task.${task}.score`, { type: "f64", value: score }]);
  }
  return entries;
}

/** The proof as safetensors metadata, which holds texts: all values are as wide as the longest number. */
export function proofTexts(proof: QuantizeProof): Record<string, string> {
  const entries = proofMetadata(proof).map(([key, { type, value }]) => [
    key,
    type === "string" ? String(value) : String(value).padEnd(25),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Reads the proof out of a file's metadata; null when it holds none or an incomplete one. */
export function readProof(metadata: Readonly<Record<string, unknown>>): QuantizeProof | null {
  const proof: Record<string, unknown> = {};
  for (const { field, key, type } of fields) {
    const value = parse(metadata[`${PREFIX}${key}`], type);
    if (value === null) return null;
    proof[field] = value;
  }
  const tasks: TaskDelta[] = [];
  for (const [key, value] of Object.entries(metadata)) {
    const task = /^llamero\.quantize\.task\.(.+)\.source$/.exec(key)?.[1];
    const source = task === undefined ? null : parse(value, "f64");
    const score = task === undefined ? null : parse(metadata[`${PREFIX}task.${task}.score`], "f64");
    if (task !== undefined && source !== null && score !== null) {
      tasks.push({ task, source: source as number, score: score as number });
    }
  }
  return { ...proof, tasks } as unknown as QuantizeProof;
}

function parse(value: unknown, type: GgufScalarType): string | number | boolean | null {
  if (type === "string") return typeof value === "string" ? value : null;
  const text = String(value).trim();
  if (type === "bool") return text === "true" ? true : text === "false" ? false : null;
  const number = text === "" ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}
