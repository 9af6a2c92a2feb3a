import type { Attributes } from "./trace.ts";

const fields: readonly [name: string, pattern: RegExp][] = [
  ["gen_ai.usage.input_tokens", /"prompt_tokens": ?(\d{1,12})/g],
  ["gen_ai.usage.output_tokens", /"completion_tokens": ?(\d{1,12})/g],
  ["gen_ai.usage.cache_read.input_tokens", /"cached_tokens": ?(\d{1,12})/g],
];

/** Longer than any usage. */
const usageChars = 2000;

/** The token counts of the last usage in an answer's text, which need not be parsed for it. */
export function usageIn(json: string): Attributes {
  const at = json.lastIndexOf('"usage"');
  if (at === -1) return {};
  const text = json.slice(at, at + usageChars);
  return Object.fromEntries(
    fields.flatMap(([name, pattern]) => {
      const [match] = text.matchAll(pattern);
      return match === undefined ? [] : [[name, Number(match[1])]];
    }),
  );
}
