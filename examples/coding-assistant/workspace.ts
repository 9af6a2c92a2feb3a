import { lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { unifiedDiff } from "./unified-diff.ts";

/** A change of a file that is thought out and not made. */
export interface Edit {
  path: string;
  before: string;
  after: string;
  diff: string;
}

const maxFileBytes = 256 * 1024;
const maxFiles = 500;
const maxHits = 50;

/** A folder that tools may not leave, through `..`, absolute paths or links. */
export class Workspace {
  readonly root: string;
  readonly #agreed = new Set<string>();

  constructor(folder: string) {
    this.root = realpathSync(folder);
  }

  /** The real path of a file of the folder, which need not exist; throws RangeError for any other. */
  resolve(path: string): string {
    if (path === "" || path.includes("\0") || isAbsolute(path))
      throw new RangeError(`${JSON.stringify(path)} is no path in the folder; give one like src/main.ts`);
    let existing = resolve(this.root, path);
    const missing: string[] = [];
    while (lstatSync(existing, { throwIfNoEntry: false }) === undefined) {
      missing.unshift(basename(existing));
      existing = dirname(existing);
    }
    // Links are followed before judging; one that leads nowhere throws here, as writing would make its target.
    const real = join(realpathSync(existing), ...missing);
    const inside = relative(this.root, real);
    if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside))
      throw new RangeError(`${path} is outside the folder`);
    // Hooks of git, keys, settings of editors: changing them could run code, reading them could tell secrets.
    if (inside.split(sep).some((part) => part.startsWith(".") || part === "node_modules"))
      throw new RangeError(
        `${path} is closed, as all files and folders that begin with a dot and node_modules are`,
      );
    return real;
  }

  /** Files below a folder; links, closed ones and what begins with a dot are left out. */
  list(folder = "."): string[] {
    const found: string[] = [];
    const walk = (at: string): void => {
      for (const entry of readdirSync(at, { withFileTypes: true })) {
        if (entry.name.startsWith(".") || entry.name === "node_modules" || found.length >= maxFiles) continue;
        const path = join(at, entry.name);
        if (entry.isDirectory()) walk(path);
        else if (entry.isFile()) found.push(relative(this.root, path));
      }
    };
    walk(folder === "." ? this.root : this.resolve(folder));
    return found.sort();
  }

  read(path: string): string {
    const real = this.resolve(path);
    const stats = lstatSync(real, { throwIfNoEntry: false });
    if (stats === undefined)
      throw new RangeError(`There is no file ${path}; list_files shows those there are`);
    if (!stats.isFile() || stats.size > maxFileBytes)
      throw new RangeError(`${path} is no file of at most ${maxFileBytes} bytes`);
    const text = readFileSync(real, "utf8");
    if (text.includes("\0")) throw new RangeError(`${path} is no text`);
    return text;
  }

  /** Lines that hold a text, whatever its case: `path:line: text`. */
  search(text: string): string[] {
    const wanted = text.toLowerCase();
    const hits: string[] = [];
    for (const path of this.list()) {
      let lines: string[];
      try {
        lines = this.read(path).split("\n");
      } catch (error) {
        // Too large, or no text.
        if (error instanceof RangeError) continue;
        throw error;
      }
      for (const [index, line] of lines.entries()) {
        if (line.toLowerCase().includes(wanted))
          hits.push(`${path}:${index + 1}: ${line.trim().slice(0, 200)}`);
        if (hits.length >= maxHits) return hits;
      }
    }
    return hits;
  }

  /** Thinks a change out: `oldText` is there once; with an empty one the file is new. */
  planEdit(path: string, oldText: string, newText: string): Edit {
    const isNew = lstatSync(this.resolve(path), { throwIfNoEntry: false }) === undefined;
    if (isNew !== (oldText === ""))
      throw new RangeError(
        isNew ? `There is no file ${path}` : `${path} exists; say which old_text to replace`,
      );
    const before = isNew ? "" : this.read(path);
    const numFound = isNew ? 1 : before.split(oldText).length - 1;
    if (numFound !== 1)
      throw new RangeError(`old_text is ${numFound} times in ${path}; it must be there once`);
    const at = before.indexOf(oldText);
    const after = before.slice(0, at) + newText + before.slice(at + oldText.length);
    return { path, before, after, diff: unifiedDiff(path, before, after) };
  }

  /** A person saw the change and agreed. */
  agree(edit: Edit): void {
    this.#agreed.add(JSON.stringify(edit));
  }

  /** Makes a change, if it is the very one that somebody agreed to. */
  apply(edit: Edit): void {
    if (!this.#agreed.delete(JSON.stringify(edit)))
      throw new Error(`The change of ${edit.path} is not the one that was agreed to`);
    const real = this.resolve(edit.path);
    mkdirSync(dirname(real), { recursive: true });
    writeFileSync(real, edit.after);
  }
}
