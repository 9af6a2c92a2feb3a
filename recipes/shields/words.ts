import { readFileSync } from "node:fs";

/** Entries by slot. */
export type Words = Readonly<Record<string, readonly string[]>>;

/**
 * Words by slot. A file has `== SLOT` and then a line for each entry, which may have slots of its own as `{NAME}`; `{}`
 * is an empty one, `_` a space at an end, `\n` a new line.
 */
export function readWords(name: string): Words {
  const words: Record<string, string[]> = {};
  let entries: string[] = [];
  for (const line of readFileSync(new URL(`words/${name}.txt`, import.meta.url), "utf8").split("\n")) {
    if (line.startsWith("== ")) words[line.slice(3)] = entries = [];
    else if (line !== "")
      entries.push(line === "{}" ? "" : line.replace(/^_|_$/g, " ").replaceAll("\\n", "\n"));
  }
  return words;
}
