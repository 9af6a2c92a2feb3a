import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { listFiles, packageFolders, readManifest, readText, repositoryRoot } from "./source-files.ts";

/** budgets.json: raise a number in the commit that needs it, and say why there. */
interface Budgets {
  /** Lines of source per folder, tests and data left out. */
  lines: Readonly<Record<string, number>>;
  fileLines: { median: number; p90: number; max: number };
  /** Megabytes of run-time dependencies that an installation of the package brings, ours left out. */
  dependencyMegabytes: Readonly<Record<string, number>>;
  /** Kilobytes, compressed, that a browser loads to show the page. */
  pageKilobytes: number;
}

const source = /\.(ts|tsx|mjs|cpp|h|wgsl|css|html)$/;
const testOrData = /(\.test\.tsx?|\.data\.ts)$|\/(test|testdata|data|generated)\//;

const countLines = (path: string): number => readText(path).split("\n").length - 1;

/** The value below which the given share of the sorted numbers lies. */
const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

function folderBytes(path: string): number {
  const stats = lstatSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + folderBytes(join(path, name)), 0);
}

/** Folders of everything that a package's dependencies install, ours left out. */
function dependencyFolders(folder: string, seen = new Set<string>()): Set<string> {
  for (const name of Object.keys(readManifest(folder).dependencies ?? {})) {
    const nested = join(folder, "node_modules", name);
    const path = existsSync(join(repositoryRoot, nested)) ? nested : join("node_modules", name);
    if (seen.has(path) || !existsSync(join(repositoryRoot, path))) continue;
    seen.add(path);
    dependencyFolders(path, seen);
  }
  return seen;
}

function dependencyMegabytes(folder: string): number {
  const external = [...dependencyFolders(folder)].filter(
    (path) => !lstatSync(join(repositoryRoot, path)).isSymbolicLink(),
  );
  return external.reduce((sum, path) => sum + folderBytes(join(repositoryRoot, path)), 0) / 1e6;
}

/** Compressed size of the largest page, each a folder of files, in kilobytes; null when none is built. */
function pageKilobytes(): number | null {
  const folder = join(repositoryRoot, "packages/web/dist");
  if (!existsSync(folder)) return null;
  const sizes = new Map<string, number>();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!/\.(html|js|css)$/.test(name)) continue;
    const size = gzipSync(readFileSync(join(folder, name))).length / 1000;
    sizes.set(dirname(name), (sizes.get(dirname(name)) ?? 0) + size);
  }
  return Math.max(0, ...sizes.values());
}

/** Problems against budgets.json, and one note with the figures. */
export function checkSize(): { problems: string[]; notes: string[] } {
  const budgets = JSON.parse(readText("budgets.json")) as Budgets;
  const problems: string[] = [];
  const fileLines: number[] = [];
  const totals: string[] = [];
  for (const folder of [...packageFolders().map((name) => `packages/${name}`), "tools"]) {
    const limit = budgets.lines[folder];
    let total = 0;
    for (const path of listFiles(folder, source).filter((file) => !testOrData.test(file))) {
      const lines = countLines(path);
      total += lines;
      fileLines.push(lines);
      if (lines > budgets.fileLines.max)
        problems.push(`${path}: ${lines} lines, at most ${budgets.fileLines.max}; split it`);
    }
    totals.push(`${folder.replace("packages/", "")} ${total}`);
    if (limit === undefined) problems.push(`${folder}: no line budget in budgets.json`);
    else if (total > limit) problems.push(`${folder}: ${total} lines, budget ${limit} (budgets.json)`);
  }
  fileLines.sort((a, b) => a - b);
  const median = quantile(fileLines, 0.5);
  const p90 = quantile(fileLines, 0.9);
  if (median > budgets.fileLines.median)
    problems.push(`median file has ${median} lines, at most ${budgets.fileLines.median}`);
  if (p90 > budgets.fileLines.p90)
    problems.push(`one file in ten has more than ${p90} lines, at most ${budgets.fileLines.p90}`);
  const megabytes = Object.entries(budgets.dependencyMegabytes).map(([folder, limit]) => {
    const used = dependencyMegabytes(folder);
    if (used > limit)
      problems.push(`${folder}: run-time dependencies take ${used.toFixed(1)} MB, budget ${limit} MB`);
    return `${folder.replace("packages/", "")} ${used.toFixed(1)} MB`;
  });
  const page = pageKilobytes();
  if (page !== null && page > budgets.pageKilobytes) {
    problems.push(
      `packages/web: a page takes ${page.toFixed(1)} KB compressed, budget ${budgets.pageKilobytes} KB`,
    );
  }
  const figures = `lines: ${totals.join(", ")}; file median ${median}, p90 ${p90}, max ${fileLines.at(-1) ?? 0}`;
  const sizes = `run-time dependencies: ${megabytes.join(", ")}`;
  return {
    problems,
    notes: [figures, sizes, page === null ? "no page built" : `largest page ${page.toFixed(1)} KB`],
  };
}
