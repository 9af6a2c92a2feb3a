import type { ContextPolicy } from "@llamero/core";
import type { KvDtype, Mode } from "@llamero/kernels";
import type { Flag } from "./define-command.ts";
import { UsageError } from "./errors.ts";
import { parseSize } from "./terminal/human.ts";

const env = (flags: string): string => {
  const long = /--([a-z-]+)/.exec(flags)![1]!;
  return `LLAMERO_${long.toUpperCase().replaceAll("-", "_")}`;
};

/** A flag with a number. */
export function numberFlag<T extends number | null>(
  flags: string,
  description: string,
  fallback: T,
  limits: { min?: number; max?: number; isInteger?: boolean } = {},
): Flag<number | T> {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, isInteger = false } = limits;
  const parse = (text: string): number => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!Number.isFinite(value) || value < min || value > max || (isInteger && !Number.isInteger(value))) {
      const range = `${min === Number.NEGATIVE_INFINITY ? "" : ` from ${min}`}${max === Number.POSITIVE_INFINITY ? "" : ` to ${max}`}`;
      throw new UsageError(
        `${longName(flags)} takes a ${isInteger ? "whole " : ""}number${range}, not ${text}`,
      );
    }
    return value;
  };
  return { flags, description, env: env(flags), parse, fallback };
}

/** A flag with a number of tokens, such as 32K. */
export function sizeFlag(flags: string, description: string): Flag<number | null> {
  const parse = (text: string): number => {
    const value = parseSize(text);
    if (value === null || value < 1) {
      throw new UsageError(`${longName(flags)} takes a number of tokens such as 8192 or 32K, not ${text}`);
    }
    return value;
  };
  return { flags, description, env: env(flags), parse, fallback: null };
}

/** A flag with a time such as 90, 5m or 24h; below 0 is forever. In milliseconds. */
export function timeFlag(flags: string, description: string): Flag<number | null> {
  const factors: Readonly<Record<string, number>> = { "": 1000, s: 1000, m: 60_000, h: 3_600_000 };
  const parse = (text: string): number => {
    const match = /^(-?)(\d+(?:\.\d+)?)([smh]?)$/.exec(text.trim());
    if (match === null)
      throw new UsageError(`${longName(flags)} takes a time such as 90, 5m or 24h, or -1, not ${text}`);
    return match[1] === "-" ? Number.POSITIVE_INFINITY : Number(match[2]) * factors[match[3]!]!;
  };
  return { flags, description, env: env(flags), parse, fallback: null };
}

/** A flag with one of a few words. */
export function choiceFlag<T extends string, D extends T | null>(
  flags: string,
  description: string,
  choices: readonly T[],
  fallback: D,
): Flag<T | D> {
  const parse = (text: string): T => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined)
      throw new UsageError(`${longName(flags)} takes ${choices.join(", ")}, not ${text}`);
    return found;
  };
  return { flags, description: `${description}: ${choices.join(", ")}`, env: env(flags), parse, fallback };
}

/** A flag with a text. */
export function textFlag(flags: string, description: string): Flag<string | null> {
  return { flags, description, env: env(flags), parse: (text) => text, fallback: null };
}

/** A switch. */
export function switchFlag(flags: string, description: string): Flag<boolean> {
  return { flags, description, env: null, fallback: false };
}

function longName(flags: string): string {
  return /--[a-z-]+/.exec(flags)![0];
}

const modes: readonly Mode[] = ["fast", "exact", "deterministic"];
const kvDtypes: readonly KvDtype[] = ["f16", "int8"];

/** The numerics flag, with the mode a command takes when nobody says. */
export function modeFlag(fallback: Mode): Flag<Mode> {
  return choiceFlag("--mode <mode>", "numerics", modes, fallback);
}

/** How a model is loaded. */
export const modelFlags: {
  context: Flag<number | null>;
  threads: Flag<number | null>;
  backend: Flag<string | null>;
  mode: Flag<Mode>;
  kv: Flag<KvDtype>;
} = {
  context: sizeFlag(
    "-c, --ctx-size <tokens>",
    "context in tokens, such as 32K (default: the model's, at most 8K)",
  ),
  threads: numberFlag("-t, --threads <n>", "threads (default: all cores)", null, {
    min: 1,
    max: 1024,
    isInteger: true,
  }),
  backend: textFlag("--backend <name>", "compute with this backend instead of the fastest, such as wasm"),
  mode: modeFlag("fast"),
  kv: choiceFlag("--kv <type>", "KV cache", kvDtypes, "f16"),
};

const anyCount = numberFlag("-n, --predict <n>", "tokens to answer at most; -1 for as many as fit", null, {
  min: -1,
  isInteger: true,
});

const countFlag: Flag<number | null> = {
  ...anyCount,
  parse: (text, previous) => {
    const value = anyCount.parse!(text, previous);
    if (value === 0) throw new UsageError("--predict takes a whole number from 1, or -1, not 0");
    return value;
  },
};

const policies: readonly ContextPolicy[] = ["refuse", "drop-middle", "compact"];

/** How tokens are drawn; null leaves it to the model's defaults. */
export const samplingFlags: {
  maxTokens: Flag<number | null>;
  temperature: Flag<number | null>;
  topK: Flag<number | null>;
  topP: Flag<number | null>;
  minP: Flag<number | null>;
  seed: Flag<number | null>;
  repeatPenalty: Flag<number | null>;
  frequencyPenalty: Flag<number | null>;
  presencePenalty: Flag<number | null>;
  stop: Flag<readonly string[]>;
  contextPolicy: Flag<ContextPolicy>;
} = {
  maxTokens: countFlag,
  temperature: numberFlag("--temp <t>", "temperature; 0 always takes the most likely token", null, {
    min: 0,
  }),
  topK: numberFlag("--top-k <k>", "draw from the k most likely tokens; 0 for all", null, {
    min: 0,
    isInteger: true,
  }),
  topP: numberFlag("--top-p <p>", "draw from the most likely tokens that add up to p", null, {
    min: 0,
    max: 1,
  }),
  minP: numberFlag("--min-p <p>", "drop tokens less likely than p times the most likely", null, {
    min: 0,
    max: 1,
  }),
  seed: numberFlag("--seed <n>", "same seed, same answer", null, {
    min: 0,
    max: 2 ** 32 - 1,
    isInteger: true,
  }),
  repeatPenalty: numberFlag("--repeat-penalty <x>", "above 1, repeats get less likely", null, { min: 0.01 }),
  frequencyPenalty: numberFlag(
    "--frequency-penalty <x>",
    "taken off a token's logit for each time it occurred",
    null,
    {
      min: -2,
      max: 2,
    },
  ),
  presencePenalty: numberFlag("--presence-penalty <x>", "taken off a token's logit once it occurred", null, {
    min: -2,
    max: 2,
  }),
  stop: {
    flags: "--stop <text>",
    description: "end the answer before this text; may be given several times",
    env: null,
    parse: (text, previous) => {
      if (text === "")
        throw new UsageError("--stop takes a text of at least one character, not an empty one");
      return [...previous, text];
    },
    fallback: [],
  },
  contextPolicy: choiceFlag(
    "--context-policy <policy>",
    "what to do with a conversation beyond the context",
    policies,
    "refuse",
  ),
};

/** Machine-readable output. */
export const jsonFlag: Flag<boolean> = switchFlag("--json", "print JSON");
