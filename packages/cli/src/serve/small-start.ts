import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Keeps the young generation as small as it is. Most of what a start makes stays for good, so it would grow to its
 * full 32 MB, and an idle server would never give them back.
 */
export function beginSmallStart(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

/** Gives back what only the start took, and lets the young generation grow with the requests from then on. */
export function endSmallStart(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  collect();
  setFlagsFromString("--semi-space-growth-factor=2");
}
