import { spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { listFiles, readText, repositoryRoot } from "./source-files.ts";

/** A `ts` block of a Markdown file. */
interface Block {
  /** File and line of the opening fence. */
  name: string;
  code: string;
  /** Marked `ts model`: runs in the folder LLAMERO_MODELS, and is skipped without it; others run in the checkout. */
  needsModel: boolean;
}

/** The `ts` blocks of a Markdown text that must run: all but those marked `ts ignore`. */
export function readBlocks(path: string, text: string): Block[] {
  return [...text.matchAll(/^```ts\b([^\n]*)\n([\s\S]*?)^```$/gm)]
    .filter((match) => match[1]!.trim() !== "ignore")
    .map((match) => ({
      name: `${path}:${text.slice(0, match.index).split("\n").length}`,
      code: match[2]!,
      needsModel: match[1]!.trim() === "model",
    }));
}

/** Links to files that do not exist, and `file:symbol` references whose file or symbol is gone. */
export function checkReferences(path: string, text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  const problems: string[] = [];
  for (const [, target] of prose.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)) {
    if (!existsSync(join(repositoryRoot, dirname(path), target!)))
      problems.push(`${path}: link to ${target}`);
  }
  for (const [, file, symbol] of prose.matchAll(/`((?:packages|tools)\/[\w./-]+)(?::(\w+))?`/g)) {
    if (!existsSync(join(repositoryRoot, file!)))
      problems.push(`${path}: names ${file}, which does not exist`);
    else if (symbol !== undefined && !new RegExp(`\\b${symbol}\\b`).test(readText(file!))) {
      problems.push(`${path}: ${file} has no ${symbol}`);
    }
  }
  return problems;
}

/** A ratio, or a rate, as tables of figures write them. */
const figure = /\d(?:\.\d+)?x\b|\d (?:MB|GB|tok)\/s/;

/** Rows of tables with a ratio or a rate that no file of results stands behind, and such files without their source. */
export function checkClaims(path: string, text: string): string[] {
  const problems: string[] = [];
  const results = new Set<string>();
  for (const row of text.split("\n").filter((line) => line.startsWith("|") && figure.test(line))) {
    const links = [...row.matchAll(/\]\(([^)#\s]*bench\/results\/[^)#\s]+)/g)].map(([, target]) => target!);
    if (links.length === 0) problems.push(`${path}: no link to bench/results in the row ${row.slice(0, 80)}`);
    for (const link of links) results.add(join(dirname(path), link));
  }
  for (const file of results) {
    if (!file.endsWith(".md") || !existsSync(join(repositoryRoot, file))) continue;
    const missing = ["command", "commit"].filter((word) => !readText(file).toLowerCase().includes(word));
    if (missing.length > 0) problems.push(`${file}: does not name its ${missing.join(", ")}`);
  }
  return problems;
}

/** Runs the blocks one after the other in one process; a line `FAILED name` precedes each error. */
const runner = `
const blocks = JSON.parse(process.argv[2]);
for (const { name, url, folder } of blocks) {
  if (folder) process.chdir(folder);
  try { await import(url); } catch (error) { process.exitCode = 1; console.error("FAILED " + name + "\\n" + (error.stack ?? error)); }
}
`;

/** Checks the references of every Markdown file and runs its `ts` blocks. */
export async function checkDocs(): Promise<{ problems: string[]; notes: string[] }> {
  const models = process.env["LLAMERO_MODELS"];
  const rootPages = ["README.md", "ARCHITECTURE.md", "FEATURES.md", "CONTRIBUTING.md"];
  const paths = [...rootPages, ...listFiles("docs", /\.md$/), ...listFiles("packages", /README\.md$/)];
  const references = paths.flatMap((path) => [
    ...checkReferences(path, readText(path)),
    ...(rootPages.includes(path) ? checkClaims(path, readText(path)) : []),
  ]);
  const blocks = paths.flatMap((path) => readBlocks(path, readText(path)));
  const skipped = blocks.filter((block) => block.needsModel && models === undefined);
  const wanted = blocks.filter((block) => !skipped.includes(block));
  const notes = skipped.map((block) => `skipped ${block.name}: needs LLAMERO_MODELS`);
  if (wanted.length === 0) return { problems: references, notes };
  // Inside the repository, so that the blocks find the workspace's packages.
  const folder = join(repositoryRoot, "node_modules/.cache/llamero-docs");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const list = wanted.map((block, index) => {
    const file = join(folder, `block-${index}.mts`);
    writeFileSync(file, `${block.code}\nexport {};\n`);
    return {
      name: block.name,
      url: pathToFileURL(file).href,
      folder: block.needsModel ? models : repositoryRoot,
    };
  });
  writeFileSync(join(folder, "run.mjs"), runner);
  const child = spawn(
    process.execPath,
    ["--conditions=@llamero/source", "--import", "tsx", join(folder, "run.mjs"), JSON.stringify(list)],
    { cwd: repositoryRoot, stdio: ["ignore", "ignore", "pipe"], timeout: 120_000 },
  );
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const code = await new Promise<number | null>((done) => child.on("close", done));
  const failures = code === 0 ? [] : [errors.trim() || `the blocks ended with exit ${code ?? "after 120 s"}`];
  return { problems: [...references, ...failures], notes: [`${wanted.length} blocks ran`, ...notes] };
}
