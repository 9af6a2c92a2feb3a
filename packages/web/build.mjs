// Bundles the page into dist: three files, nothing loaded from elsewhere.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

rmSync(path("dist"), { recursive: true, force: true });
mkdirSync(path("dist"));
await build({
  entryPoints: [path("src/app.ts"), path("src/style.css")],
  outdir: path("dist"),
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome111", "firefox113", "safari16.4"],
});
copyFileSync(path("src/index.html"), path("dist/index.html"));
