import type { PiiFind } from "@llamero/train/pii";
import type { Shield, ShieldInput, Verdict } from "./shield.ts";

export type PiiKind = PiiFind["kind"];

export interface PiiShieldOptions {
  /** Default `pii`. */
  id?: string;
  /** Default all. */
  kinds?: readonly PiiKind[] | undefined;
}

let detectors: Promise<typeof import("@llamero/train/pii")> | undefined;

/** A shield that finds addresses, numbers, keys and the like, and replaces them with `<EMAIL>`, `<PHONE>`, ... */
export function createPiiShield({ id = "pii", kinds }: PiiShieldOptions = {}): Shield {
  return {
    id,
    async check({ text }: ShieldInput): Promise<Verdict> {
      detectors ??= import("@llamero/train/pii");
      const { redact } = await detectors;
      const { text: redacted, found } = redact(text, kinds === undefined ? {} : { kinds });
      const categories = [...new Set(found.map(({ kind }) => kind))];
      return {
        shield: id,
        flagged: found.length > 0,
        score: found.length > 0 ? 1 : 0,
        categories,
        reason:
          found.length === 0
            ? "No personal data"
            : `Personal data or secrets: ${categories.join(", ")} (${found.length} in all)`,
        redacted,
      };
    },
  };
}
