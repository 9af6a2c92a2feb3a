import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";

/**
 * The files that a path, a folder or a pattern names, sorted by name. `*` and `?` stay within a folder, `**` crosses
 * folders, `{a,b}` is a choice. Throws where there are none.
 */
export function listFiles(pattern: string, folder: string): string[] {
  const whole = resolve(folder, pattern);
  if (existsSync(whole)) return statSync(whole).isDirectory() ? walk(whole).sort() : [whole];
  const parts = whole.split(sep);
  const wild = parts.findIndex((part) => /[*?{]/.test(part));
  const root = parts.slice(0, wild < 0 ? -1 : wild).join(sep) || sep;
  const expression = toExpression(whole);
  const found =
    wild < 0 || !existsSync(root)
      ? []
      : walk(root)
          .filter((path) => expression.test(path))
          .sort();
  if (found.length === 0) throw new RangeError(`No file matches ${pattern} in ${folder}`);
  return found;
}

/** A file's name in identifiers and reports: with forward slashes, relative to the configuration. */
export function nameFor(path: string, folder: string): string {
  return relative(folder, path).split(sep).join("/");
}

function walk(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...walk(path));
    else if (entry.isFile() || (entry.isSymbolicLink() && statSync(path).isFile())) found.push(path);
  }
  return found;
}

function toExpression(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/|\*\*|[*?]|\{[^{}]*\}|[.+^$()|[\]\\}{]/g, (part) => {
    if (part === "**/") return "(?:[^/]+/)*";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.startsWith("{") && part.length > 1)
      return `(?:${part
        .slice(1, -1)
        .split(",")
        .map((word) => word.replace(/[.+^$()|[\]\\*?]/g, "\\$&"))
        .join("|")})`;
    return `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
