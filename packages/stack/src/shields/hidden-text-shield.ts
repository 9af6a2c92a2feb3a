import type { Shield, ShieldInput, Verdict } from "./shield.ts";

/**
 * Signs that a person does not see and a model reads: tags (U+E0000 to U+E007F), which spell ASCII invisibly; controls of
 * the direction of writing; zero-width signs in a row, which carry bits. A single joiner belongs to many scripts and emoji,
 * and the tags after a black flag to flags of regions.
 */
const hidden: readonly [category: string, pattern: RegExp][] = [
  ["tags", /(?<!\u{1F3F4}[\u{E0020}-\u{E007F}]*)[\u{E0000}-\u{E007F}]+/gu],
  ["direction", /[\u202A-\u202E\u2066-\u2069]/g],
  ["zero_width", /[\u200B\u2060\uFEFF]{2,}|(?:[\u200B-\u200D\u2060\uFEFF]){4,}/g],
];

/** A shield that finds hidden text and takes it out. */
export function createHiddenTextShield({ id = "hidden-text" }: { id?: string } = {}): Shield {
  return {
    id,
    async check({ text }: ShieldInput): Promise<Verdict> {
      const categories: string[] = [];
      let redacted = text;
      for (const [category, pattern] of hidden) {
        const cleaned = redacted.replace(pattern, "");
        if (cleaned === redacted) continue;
        categories.push(category);
        redacted = cleaned;
      }
      const flagged = categories.length > 0;
      return {
        shield: id,
        flagged,
        score: flagged ? 1 : 0,
        categories,
        reason: flagged ? `Signs that nobody sees: ${categories.join(", ")}` : "No hidden text",
        redacted,
      };
    },
  };
}
