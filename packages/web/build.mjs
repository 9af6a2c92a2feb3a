// Bundles each page into a folder of its own under dist, the chat page into dist itself; nothing is loaded from elsewhere.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const template = readFileSync(path("src/page.html"), "utf8");

/** A folder of src that holds an app.ts is a page. */
const pages = readdirSync(path("src")).filter((name) => existsSync(path(`src/${name}/app.ts`)));

rmSync(path("dist"), { recursive: true, force: true });
for (const page of pages) {
  const isFirst = page === "chat";
  const to = isFirst ? "dist" : `dist/${page}`;
  mkdirSync(path(to), { recursive: true });
  await build({
    entryPoints: [path(`src/${page}/app.ts`), path(`src/${page}/style.css`)],
    outdir: path(to),
    bundle: true,
    minify: true,
    format: "esm",
    charset: "utf8",
    target: ["chrome123", "firefox120", "safari17.5"],
  });
  const title = isFirst ? "Llamero" : `${page[0].toUpperCase()}${page.slice(1)} · Llamero`;
  const html = template.replace("{root}", isFirst ? "." : "..").replace("{title}", title);
  writeFileSync(path(`${to}/index.html`), html);
}
