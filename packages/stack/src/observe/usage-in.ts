import type { Attributes } from "./trace.ts";

const names: Readonly<Record<string, string>> = {
  prompt_tokens: "gen_ai.usage.input_tokens",
  completion_tokens: "gen_ai.usage.output_tokens",
  cached_tokens: "gen_ai.usage.cache_read.input_tokens",
};

const field = /"(prompt_tokens|completion_tokens|cached_tokens)": ?(\d{1,12})/g;

/** Longer than any usage. */
const usageChars = 2000;

/** The token counts of the last usage in an answer's text, which need not be parsed for it. */
export function usageIn(json: string): Attributes {
  const at = json.lastIndexOf('"usage"');
  const found: Attributes = {};
  if (at === -1) return found;
  const usage = json.slice(at, at + usageChars);
  field.lastIndex = 0;
  for (let match = field.exec(usage); match !== null; match = field.exec(usage))
    found[names[match[1]!]!] ??= Number(match[2]);
  return found;
}
