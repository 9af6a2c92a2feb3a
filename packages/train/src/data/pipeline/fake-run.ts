import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { TestContext } from "node:test";
import { type CurateConfig, parseCurateConfig } from "./config.ts";

/** A stage with a memory, as a user would write it: drops texts it has seen, and cuts a marked line. */
const seenStage = `
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
export function createStage(options) {
  let seen = new Set();
  return {
    kind: "global", name: "seen", version: 1, options,
    digest: ({ text }) => Uint32Array.of(Array.from(text.slice(0, 40)).reduce((h, c) => (h * 31 + c.codePointAt(0)) >>> 0, 7)),
    decide(document, [hash]) {
      if (seen.has(hash)) return { keep: false, reason: "seen before" };
      seen.add(hash);
      if (!document.text.includes("CUT")) return { keep: true, document };
      return { keep: true, document: { ...document, text: document.text.replace("CUT", "") }, changed: "cut" };
    },
    async save(folder) { writeFileSync(join(folder, "seen.json"), JSON.stringify([...seen])); },
    async load(folder) { seen = new Set(JSON.parse(readFileSync(join(folder, "seen.json"), "utf8"))); },
  };
}
`;

/** A folder with inputs of several formats and a stage with a memory; removed after the test. */
export function makeFolder(t: TestContext, documents: number): string {
  const folder = mkdtempSync(join(tmpdir(), "llamero-curate-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  writeFileSync(join(folder, "seen.mjs"), seenStage);
  for (const [file, offset] of [
    ["a.jsonl", 0],
    ["b.jsonl", documents / 2],
  ] as const) {
    // Half of the second file repeats the first.
    const lines = Array.from({ length: documents }, (_, index) => {
      const number = index + offset;
      const text = `${number} tells of llama ${number} ${"and its wool ".repeat((number * 7) % 40)}${number % 11 === 0 ? "CUT" : ""}`;
      return JSON.stringify({ text, number });
    });
    lines.splice(3, 0, "{broken", "");
    writeFileSync(join(folder, file), `${lines.join("\n")}\n`);
  }
  return folder;
}

/** The YAML of a run over that folder. */
export function runYaml(extra = ""): string {
  return `
name: test
sources:
  - {name: a, files: a.jsonl, license: CC0-1.0, meta: [number]}
  - {name: b, files: b.jsonl, license: CC-BY-4.0, credit: "B & <friends>", meta: [number]}
stages:
  - length: {minCharacters: 30}
  - ./seen.mjs: {}
  - length: {maxCharacters: 500}
output: {folder: out, shardBytes: 20KB}
${extra}`;
}

/** That run, to another folder where asked. */
export function runConfig(folder: string, output = "out", extra = ""): CurateConfig {
  const config = parseCurateConfig(runYaml(extra), join(folder, "run.yaml"));
  return { ...config, output: { ...config.output, folder: join(folder, output) } };
}

/** Every file below a folder but for the state of the run, by name. */
export function readTree(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (!name.startsWith(".state")) files.set(name, readFileSync(path).toString("base64"));
  }
  return files;
}
