import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readText, repositoryRoot } from "./source-files.ts";

/** Where the test files share processes: there importing the modules costs more than running the tests. */
const sharing = /^(packages\/(core|eval|train|stack|cli)|examples)\//;
/**
 * What other files of the process would notice: hooks outside any suite run around the tests of every file; the folder
 * the process works in, its listeners and its environment are everyone's.
 */
const ownProcess =
  /^(before|after)Each\(|\bprocess\.(chdir|exitCode|umask|on|once)\b|\bprocess\.env(\.\w+|\[[^\]]*\])\s*=[^=]|\bdelete process\.env\b/m;
const numFilesPerProcess = 8;

/**
 * Paths to give to `node --test`, which runs each in a process: the files themselves, and for those of a package that
 * share one a file that imports them. Tests keep their own names and places; only imports are done once.
 */
export function groupTests(files: readonly string[]): string[] {
  // Newer Node looks for no tests below node_modules.
  const folder = mkdtempSync(join(tmpdir(), "llamero-tests-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const alone: string[] = [];
  const shared = new Map<string, string[]>();
  for (const path of files) {
    const found = sharing.exec(path);
    if (found === null || ownProcess.test(readText(path))) {
      alone.push(path);
      continue;
    }
    const name = found[2] ?? found[1]!;
    shared.set(name, [...(shared.get(name) ?? []), path]);
  }
  const entries: string[] = [];
  for (const [name, paths] of shared) {
    for (let start = 0; start < paths.length; start += numFilesPerProcess) {
      const entry = join(folder, `${name}-${entries.length + 1}.mjs`);
      const urls = paths
        .slice(start, start + numFilesPerProcess)
        .map((path) => pathToFileURL(join(repositoryRoot, path)).href);
      writeFileSync(entry, urls.map((url) => `import ${JSON.stringify(url)};\n`).join(""));
      entries.push(entry);
    }
  }
  return [...entries, ...alone];
}
