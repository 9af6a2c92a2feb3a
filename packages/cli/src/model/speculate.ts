import type { SpeculateOptions } from "@llamero/core";
import type { Flag } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { resolveModel } from "./resolve-model.ts";

/** How tokens are guessed, as the user says it. */
export interface SpeculateChoice {
  /** `ngram`, or a draft model. */
  how: string;
  /** Tokens guessed at once; null leaves it to the engine. */
  maxDraft: number | null;
}

/** Values of a command that takes the flag; others have none. */
export interface SpeculateValues {
  speculate?: SpeculateChoice | null;
}

/** Guesses at the next tokens, which change the speed and not the answer. */
export const speculateFlag: Flag<SpeculateChoice | null> = {
  flags: "--speculate <how>",
  description:
    "guess tokens ahead, same answer: ngram, or a smaller model of the family; :N at the end guesses N",
  env: "LLAMERO_SPECULATE",
  parse: parseSpeculate,
  fallback: null,
};

/** Reads `ngram`, `ngram:8`, `MODEL` or `MODEL:8`. */
export function parseSpeculate(text: string): SpeculateChoice {
  const [, how = "", count] = /^(.*?)(?::(\d+))?$/s.exec(text)!;
  const maxDraft = count === undefined ? null : Number(count);
  if (how === "" || (maxDraft !== null && (maxDraft < 1 || maxDraft > 64))) {
    throw new UsageError(`--speculate takes ngram or a model, and :N with N from 1 to 64, not ${text}`);
  }
  return { how, maxDraft };
}

/** As a model is loaded with it. */
export async function speculateOf({
  speculate = null,
}: SpeculateValues): Promise<{ speculate?: SpeculateOptions }> {
  if (speculate === null) return {};
  const { how } = speculate;
  const maxDraft = speculate.maxDraft === null ? {} : { maxDraft: speculate.maxDraft };
  if (how === "ngram") return { speculate: { kind: "ngram", ...maxDraft } };
  const { path } = await resolveModel(how);
  return { speculate: { kind: "draft", path, ...maxDraft } };
}
