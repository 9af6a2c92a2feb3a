import type { Flag } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { numberFlag } from "../flags.ts";

/** A flag with whole numbers between commas. */
export function countsFlag(
  flags: string,
  description: string,
  fallback: readonly number[],
): Flag<readonly number[]> {
  const name = /--[a-z-]+/.exec(flags)![0];
  return {
    flags,
    description: `${description} (default: ${fallback.join(",")})`,
    env: `LLAMERO_${name.slice(2).toUpperCase().replaceAll("-", "_")}`,
    parse: (text) => {
      const counts = text.split(",").map(Number);
      if (counts.some((count) => !Number.isInteger(count) || count < 1)) {
        throw new UsageError(`${name} takes whole numbers from 1, between commas, not ${text}`);
      }
      return counts;
    },
    fallback,
  };
}

/** A flag with a number of tokens. */
export function tokensFlag(flags: string, description: string, fallback: number, min = 1): Flag<number> {
  return numberFlag(flags, description, fallback, { min, isInteger: true });
}

/** How often each test is counted. */
export function runsFlag(fallback: number): Flag<number> {
  return numberFlag("-r, --runs <n>", "counted runs of each test", fallback, { min: 1, isInteger: true });
}
