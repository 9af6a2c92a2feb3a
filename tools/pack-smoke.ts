// Packs the packages as npm would publish them, installs them into an empty folder without install scripts,
// imports the library and runs the command there.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageFolders, readManifest, repositoryRoot } from "./source-files.ts";

const script = `
import { loadModel } from "@llamero/core";
if (typeof loadModel !== "function") throw new TypeError("@llamero/core has no loadModel");
console.log("library ok");
`;

const folder = mkdtempSync(join(tmpdir(), "llamero-pack-"));
const run = (command: string, args: readonly string[], cwd = folder): string =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
try {
  const folders = packageFolders().filter((name) => readManifest(`packages/${name}`).private !== true);
  const packed = run(
    "npm",
    [
      "pack",
      "--silent",
      "--ignore-scripts",
      "--pack-destination",
      folder,
      ...folders.flatMap((name) => ["--workspace", `packages/${name}`]),
    ],
    repositoryRoot,
  );
  const tarballs = packed
    .trim()
    .split("\n")
    .filter((line) => line.endsWith(".tgz"));
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "pack-smoke", private: true, type: "module" }),
  );
  run("npm", [
    "install",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--silent",
    ...tarballs.map((name) => `./${name}`),
  ]);
  writeFileSync(join(folder, "smoke.mjs"), script);
  console.log(run(process.execPath, ["smoke.mjs"]).trim());
  const help = run("npx", ["--no-install", "llamero", "--help"]);
  if (!/llamero/.test(help)) throw new Error(`llamero --help printed: ${help}`);
  console.log("command ok");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
