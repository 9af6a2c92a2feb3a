import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
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

/** Serves the files of a flat folder. They are read once, so a path of a request never reaches the disk. */
export function serveFiles(folder: string): MiddlewareHandler<Env> {
  const files = new Map<string, { body: Uint8Array<ArrayBuffer>; type: string }>();
  for (const name of readdirSync(folder)) {
    const type = contentTypes[extname(name)];
    if (type !== undefined)
      files.set(`/${name}`, { body: new Uint8Array(readFileSync(join(folder, name))), type });
  }
  const index = files.get("/index.html");
  if (index === undefined) throw new TypeError(`${folder} holds no index.html; build the page first`);
  files.set("/", index);
  return async (c, next) => {
    const file = c.req.method === "GET" || c.req.method === "HEAD" ? files.get(c.req.path) : undefined;
    if (file === undefined) return next();
    return c.body(file.body, 200, { ...headers, "Content-Type": file.type });
  };
}
