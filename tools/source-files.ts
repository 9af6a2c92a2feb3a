import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository. */
export const repositoryRoot: string = resolve(fileURLToPath(new URL("..", import.meta.url)));

const builtFolders = new Set(["node_modules", "dist", "build", ".git", ".cache"]);

/** Paths of all files under `folder`, relative to the repository, sorted; build results left out. */
export function listFiles(folder: string, matches: RegExp): string[] {
  const absolute = join(repositoryRoot, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { withFileTypes: true })
    .flatMap((entry) => {
      const path = relative(repositoryRoot, join(absolute, entry.name));
      if (entry.isDirectory()) return builtFolders.has(entry.name) ? [] : listFiles(path, matches);
      return matches.test(path) ? [path] : [];
    })
    .sort();
}

/** Text of a file named relative to the repository. */
export function readText(path: string): string {
  return readFileSync(join(repositoryRoot, path), "utf8");
}

/** What the gate reads from a package.json. */
export interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  files?: readonly string[];
  bin?: Readonly<Record<string, string>>;
  exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  dependencies?: Readonly<Record<string, string>>;
  devDependencies?: Readonly<Record<string, string>>;
  optionalDependencies?: Readonly<Record<string, string>>;
  peerDependencies?: Readonly<Record<string, string>>;
}

/** Parsed package.json of a folder named relative to the repository. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readText(join(folder, "package.json"))) as Manifest;
}

/** Names of the folders under packages/. */
export function packageFolders(): string[] {
  return readdirSync(join(repositoryRoot, "packages"))
    .filter((name) => existsSync(join(repositoryRoot, "packages", name, "package.json")))
    .sort();
}
