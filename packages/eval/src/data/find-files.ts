import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const formats = ["jsonl", "json", "csv", "tsv", "txt", "parquet"] as const;

/** How records lie in a file. */
export type FileFormat = (typeof formats)[number];

const extension = new RegExp(`\\.(${formats.join("|")})(\\.gz|\\.zst)?$`, "i");

/** The format that a file's name tells, or null. */
export function formatOf(path: string): FileFormat | null {
  return (extension.exec(path)?.[1]?.toLowerCase() as FileFormat | undefined) ?? null;
}

/**
 * Paths below the folder that match any of the patterns, sorted. `*` stands for any part of a name, `**` for any part of
 * a path; `.gz` and `.zst` may stand behind. Throws where two files are the same set in two forms.
 */
export function findFiles(folder: string, patterns: readonly string[]): string[] {
  const found = new Set<string>();
  for (const pattern of patterns) for (const path of matches(folder, pattern)) found.add(path);
  const paths = [...found].sort();
  const byStem = new Map<string, string>();
  for (const path of paths) {
    const stem = path.replace(extension, "");
    const twin = byStem.get(stem);
    if (twin !== undefined) {
      throw new RangeError(`${twin} and ${path} in ${folder} are one set in two forms; keep one of them`);
    }
    byStem.set(stem, path);
  }
  return paths;
}

function* matches(folder: string, pattern: string): Generator<string> {
  const steps = pattern.split("/");
  const fixed = steps.slice(
    0,
    Math.max(
      0,
      steps.findIndex((step) => step.includes("*")),
    ),
  );
  if (!pattern.includes("*")) {
    for (const end of ["", ".gz", ".zst"]) if (isFile(join(folder, pattern + end))) yield pattern + end;
    return;
  }
  const regex = new RegExp(`^${toRegex(pattern)}(\\.gz|\\.zst)?$`);
  const start = fixed.join("/");
  for (const path of walk(folder, start, pattern.includes("**") ? Number.POSITIVE_INFINITY : steps.length)) {
    if (regex.test(path) && formatOf(path) !== null) yield path;
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function toRegex(pattern: string): string {
  return pattern
    .split(/(\*\*|\*)/)
    .map((part) =>
      part === "**" ? ".*" : part === "*" ? "[^/]*" : part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"),
    )
    .join("");
}

function* walk(folder: string, below: string, depth: number): Generator<string> {
  if (!existsSync(join(folder, below))) return;
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    // Links to folders and files count as what they lead to.
    const stats = statSync(join(folder, path), { throwIfNoEntry: false });
    if (stats?.isFile() === true) yield path;
    else if (stats?.isDirectory() === true && path.split("/").length < depth)
      yield* walk(folder, path, depth);
  }
}
