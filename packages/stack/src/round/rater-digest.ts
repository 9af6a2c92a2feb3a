import { createHash } from "node:crypto";

/** Short form of a rater's name for ids. */
export const raterDigest = (rater: string): string =>
  createHash("sha256").update(rater).digest("hex").slice(0, 16);
