// Bundles the pages into dist, each into a folder of three files; nothing is loaded from elsewhere.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Folders of sources and of what is served: the chat page and the page of training runs. */
const pages = [
  { from: "src", to: "dist" },
  { from: "src/runs", to: "dist/runs" },
];

rmSync(path("dist"), { recursive: true, force: true });
for (const { from, to } of pages) {
  mkdirSync(path(to));
  await build({
    entryPoints: [path(`${from}/app.ts`), path(`${from}/style.css`)],
    outdir: path(to),
    bundle: true,
    minify: true,
    format: "esm",
    target: ["chrome111", "firefox113", "safari16.4"],
  });
  copyFileSync(path(`${from}/index.html`), path(`${to}/index.html`));
}
