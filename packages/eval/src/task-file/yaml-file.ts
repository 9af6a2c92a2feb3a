import { readFileSync } from "node:fs";
import { LineCounter, parseDocument } from "yaml";

/** A Python function that a YAML file names; it cannot run here. */
export class FunctionReference {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** What a YAML file holds at its top. */
export interface YamlFile {
  path: string;
  values: Readonly<Record<string, unknown>>;
  /** The line of a key at the top; 1 for a key that is not there. */
  lineOf(key: string): number;
}

/** Reads a YAML file whose top is a mapping. Throws SyntaxError that names the line. */
export function readYaml(path: string, { version = "1.2" }: { version?: "1.1" | "1.2" } = {}): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(path, "utf8"), {
    version,
    lineCounter: lines,
    // As PyYAML reads files of version 1.1: a key given twice has its last value.
    strict: version === "1.2",
    uniqueKeys: version === "1.2",
    customTags: [{ tag: "!function", resolve: (text: string) => new FunctionReference(text) }],
  });
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) {
    const line = error.linePos?.[0].line ?? 1;
    throw new SyntaxError(`${path}, line ${line}: ${error.message.split("\n")[0]}`, { cause: error });
  }
  const values: unknown = document.toJS();
  if (typeof values !== "object" || values === null || Array.isArray(values))
    throw new SyntaxError(`${path}: a task file must hold keys and values at its top`);
  const positions = new Map<string, number>();
  const top = document.contents as unknown as {
    items: readonly { key: { value?: unknown; range?: readonly number[] } | null }[];
  };
  for (const { key } of top.items ?? [])
    if (key?.range !== undefined) positions.set(String(key.value), lines.linePos(key.range[0]!).line);
  return {
    path,
    values: values as Readonly<Record<string, unknown>>,
    lineOf: (key) => positions.get(key) ?? 1,
  };
}
