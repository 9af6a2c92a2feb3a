import { readFileSync } from "node:fs";

/** Host names of a file: one a line, `#` for notes; lines of a hosts file ("0.0.0.0 name") work too. */
export function readDomains(path: string): Set<string> {
  const domains = new Set<string>();
  for (const [at, line] of readFileSync(path, "utf8").split(/\r?\n/).entries()) {
    const name = line
      .replace(/#.*/, "")
      .trim()
      .split(/\s+/)
      .at(-1)!
      .toLowerCase()
      .replace(/^(\*\.|www\.)/, "");
    if (name === "") continue;
    if (!/^[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*\.?$/u.test(name))
      throw new SyntaxError(`${path}, line ${at + 1}: not a host name: ${name.slice(0, 60)}`);
    domains.add(name.replace(/\.$/, ""));
  }
  if (domains.size === 0) throw new RangeError(`${path} names no domain`);
  return domains;
}

/** The listed domain that an address is under, or null. */
export function findDomain(url: string, domains: ReadonlySet<string>): string | null {
  let host: string;
  try {
    host = new URL(url.includes("://") ? url : `http://${url}`).hostname.toLowerCase();
  } catch {
    return null;
  }
  for (let at = 0; at >= 0; ) {
    const name = host.slice(at);
    if (domains.has(name)) return name;
    const dot = host.indexOf(".", at);
    at = dot < 0 ? -1 : dot + 1;
  }
  return null;
}
