import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Keeps the young generation as small as it is. Most of what a start makes stays for good, so it would grow to its
 * full 32 MB, and an idle server would never give them back.
 */
export function beginSmallStart(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

/** Lets it grow with the requests, and gives back what only the start took. */
export function endSmallStart(): void {
  setFlagsFromString("--semi-space-growth-factor=2");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  collect();
}
