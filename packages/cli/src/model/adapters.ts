import { basename, resolve } from "node:path";
import type { Flag } from "../define-command.ts";
import { UsageError } from "../errors.ts";

/** A LoRA adapter that the user names. */
export interface NamedAdapter {
  name: string;
  path: string;
}

/** Values of a command that takes adapters; others have none. */
export interface AdapterValues {
  lora?: readonly NamedAdapter[];
}

/** LoRA adapters, each with the name that requests choose it by. */
export const adapterFlag: Flag<readonly NamedAdapter[]> = {
  flags: "--lora <name=path>",
  description: "LoRA adapter: a PEFT folder or a GGUF file; may be given several times",
  env: null,
  parse: (text, previous) => [...previous, parseAdapter(text, previous)],
  fallback: [],
};

function parseAdapter(text: string, previous: readonly NamedAdapter[]): NamedAdapter {
  const at = text.indexOf("=");
  const path = text.slice(at + 1);
  const name = at < 0 ? basename(path).replace(/\.(gguf|safetensors)$/, "") : text.slice(0, at);
  if (path === "" || !/^[\w.-]+$/.test(name)) {
    throw new UsageError(`--lora takes NAME=PATH with a name of letters, digits, _, . and -, not ${text}`);
  }
  if (previous.some((each) => each.name === name)) throw new UsageError(`--lora names ${name} twice`);
  return { name, path };
}

/** The adapters as a model is loaded with them. */
export function adaptersOf({ lora = [] }: AdapterValues): { adapters?: Record<string, string> } {
  if (lora.length === 0) return {};
  return { adapters: Object.fromEntries(lora.map(({ name, path }) => [name, resolve(path)])) };
}

/** The one adapter that a conversation runs through, if any. */
export function chosenAdapter({ lora = [] }: AdapterValues): { adapter?: string } {
  if (lora.length > 1) {
    const names = lora.map(({ name }) => name).join(", ");
    throw new UsageError(`An answer runs through one adapter, not through ${names}; give one --lora`);
  }
  return lora[0] === undefined ? {} : { adapter: lora[0].name };
}
