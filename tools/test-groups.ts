import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readText, repositoryRoot } from "./source-files.ts";

/** Where the test files share processes: there importing the modules costs more than running the tests. */
const sharing = /^(packages\/stack|examples)\//;
/** Hooks outside any test or suite would run around the tests of every file of the process. */
const ownHooks = /^(before|after)Each\(/m;
const numFilesPerProcess = 8;

/**
 * Paths to give to `node --test`, which runs each in a process: the files themselves, and for those that share one a
 * file that imports them. Tests keep their own names and places; only imports are done once.
 */
export function groupTests(files: readonly string[]): string[] {
  // Newer Node looks for no tests below node_modules.
  const folder = mkdtempSync(join(tmpdir(), "llamero-tests-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const shared = files.filter((path) => sharing.test(path) && !ownHooks.test(readText(path)));
  const entries: string[] = [];
  for (let start = 0; start < shared.length; start += numFilesPerProcess) {
    const entry = join(folder, `stack-${entries.length + 1}.mjs`);
    const urls = shared
      .slice(start, start + numFilesPerProcess)
      .map((path) => pathToFileURL(join(repositoryRoot, path)).href);
    writeFileSync(entry, urls.map((url) => `import ${JSON.stringify(url)};\n`).join(""));
    entries.push(entry);
  }
  const grouped = new Set(shared);
  return [...entries, ...files.filter((path) => !grouped.has(path))];
}
