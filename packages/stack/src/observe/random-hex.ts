import { Buffer } from "node:buffer";
import { randomFillSync } from "node:crypto";

const pool = Buffer.alloc(4096);
let used = pool.length;

/** Random bytes in hexadecimal digits; drawn many at a time, since each draw costs more than the digits. */
export function randomHex(numBytes: number): string {
  if (used + numBytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += numBytes;
  return pool.toString("hex", used - numBytes, used);
}
