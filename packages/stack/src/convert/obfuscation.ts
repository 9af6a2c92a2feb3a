import { randomBytes } from "node:crypto";

const step = 16;

/** Random text that makes a piece of an answer as long as others, so that who watches the wire learns no lengths. */
export function obfuscation(piece: string): string {
  const missing = step - (piece.length % step);
  return randomBytes(missing).toString("base64url").slice(0, missing);
}
