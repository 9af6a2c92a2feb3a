import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { programOf } from "./child.ts";
import { javascriptChild } from "./javascript-child.ts";
import { javascriptPrelude } from "./javascript-prelude.ts";
import type { Interpreter } from "./sandbox.ts";

/** The folder of the package with this name that the file's own folder is in. */
function packageFolder(path: string, name: string): string {
  const mark = `${sep}node_modules${sep}${name.replace("/", sep)}${sep}`;
  const at = path.lastIndexOf(mark);
  return at < 0 ? dirname(dirname(path)) : path.slice(0, at + mark.length - 1);
}

/** QuickJS, compiled to WebAssembly. */
export async function findQuickjs(): Promise<Interpreter> {
  const require = createRequire(import.meta.url);
  const corePackage = "quickjs-emscripten-core";
  const variantPackage = "@jitl/quickjs-wasmfile-release-sync";
  const core = packageFolder(require.resolve(corePackage), corePackage);
  const wasm = require.resolve(`${variantPackage}/wasm`);
  const variant = packageFolder(wasm, variantPackage);
  const types = "@jitl/quickjs-ffi-types";
  const shared = packageFolder(createRequire(join(variant, "package.json")).resolve(types), types);
  const address = (path: string): string => pathToFileURL(path).href;
  return {
    name: "JavaScript",
    program: programOf(javascriptChild, {
      core: address(join(core, "dist", "index.mjs")),
      variant: address(join(variant, "dist", "index.mjs")),
      wasm: address(wasm),
      prelude: javascriptPrelude,
    }),
    readable: [core, variant, shared].map((folder) => join(folder, "*")),
    heapMegabytes: 256,
    graceSeconds: 1,
    maxRuns: 100,
  };
}
