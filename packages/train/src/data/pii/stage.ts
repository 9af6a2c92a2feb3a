import type { Json, Verdict } from "../document.ts";
import { above, readFilterOptions } from "../filters/filter-options.ts";
import type { MapStage } from "../stage.ts";
import { PII_KINDS, type PiiKind } from "./detectors.ts";
import { redact } from "./redact.ts";

/**
 * `maxPerThousand` finds in 1,000 characters, if there are more than `minFinds`, drop a text (0: any find does, with
 * `minFinds: 0`); those that stay are redacted unless `redact` is false.
 */
export const PII_DEFAULTS = {
  kinds: PII_KINDS as readonly string[],
  redact: true,
  keepReserved: true,
  maxPerThousand: 5,
  minFinds: 4,
} as const;

/** Puts placeholders for personal data and secrets, and drops texts that are full of them. */
export function createPii(written: Readonly<Record<string, Json>>): MapStage {
  const options = readFilterOptions("pii", written, PII_DEFAULTS);
  const stranger = options.kinds.find((kind) => !PII_KINDS.includes(kind as PiiKind));
  if (stranger !== undefined)
    throw new SyntaxError(
      `pii: kinds takes a list out of ${PII_KINDS.join(", ")}, not ${JSON.stringify(stranger)}`,
    );
  return {
    kind: "map",
    name: "pii",
    version: 1,
    options,
    apply(document): Verdict {
      const { text, found } = redact(document.text, {
        kinds: options.kinds as readonly PiiKind[],
        keepsReserved: options.keepReserved,
      });
      if (found.length === 0) return { keep: true, document };
      const density = (1000 * found.length) / document.text.length;
      if (found.length > options.minFinds && density > options.maxPerThousand)
        return { keep: false, reason: "personal data", detail: above(density, options.maxPerThousand) };
      if (!options.redact) return { keep: true, document };
      const counts: Record<string, number> = {};
      for (const { kind } of found) counts[kind] = (counts[kind] ?? 0) + 1;
      const changed = Object.entries(counts)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(", ");
      return { keep: true, document: { ...document, text }, changed };
    },
  };
}
