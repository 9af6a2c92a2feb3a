import { readdirSync, readFileSync } from "node:fs";
import { extname, join, sep } from "node:path";
import type { MiddlewareHandler } from "hono";
import type { Env } from "./env.ts";

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

const headers = {
  "Cache-Control": "no-cache",
  "Content-Security-Policy":
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
};

const pageEnd = "/index.html";

/**
 * Serves the files of a folder and those below it; a folder's index.html also answers for the folder. They are read
 * once, so a path of a request never reaches the disk.
 */
export function serveFiles(folder: string): MiddlewareHandler<Env> {
  const files = new Map<string, { body: Uint8Array<ArrayBuffer>; type: string }>();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const type = contentTypes[extname(name)];
    if (type === undefined) continue;
    const file = { body: new Uint8Array(readFileSync(join(folder, name))), type };
    const path = `/${name.split(sep).join("/")}`;
    files.set(path, file);
    if (path.endsWith(pageEnd)) files.set(path.slice(0, -pageEnd.length + 1), file);
  }
  if (!files.has("/")) throw new TypeError(`${folder} holds no index.html; build the page first`);
  return async (c, next) => {
    if (c.req.method !== "GET" && c.req.method !== "HEAD") return next();
    const { path } = c.req;
    const file = files.get(path);
    if (file !== undefined) return c.body(file.body, 200, { ...headers, "Content-Type": file.type });
    // Addresses in a page are relative to its folder.
    if (files.has(`${path}/`)) return c.redirect(`.${path.slice(path.lastIndexOf("/"))}/`);
    return next();
  };
}
