// Module hooks that take the types off TypeScript, with what came out kept in node_modules/.cache.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../node_modules/.cache/llamero-typescript/", import.meta.url));
mkdirSync(folder, { recursive: true });

/** Translates one file. The map has the lines of the source, for the traces of errors. */
async function translate(path) {
  const { transformSync } = await import("esbuild");
  const { code } = transformSync(readFileSync(path, "utf8"), {
    loader: "ts",
    target: "node20",
    sourcemap: "inline",
    sourcefile: path,
    sourcesContent: false,
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
  return code;
}

/** What our worker threads bring along to run sources; they inherit these hooks and need nothing more. */
const threadTranslator = /\/node_modules\/tsx\/dist\/esm\/api\/index\.mjs$/;

/** Node's hook: https://nodejs.org/api/module.html#loadurl-context-nextload */
export async function load(url, context, nextLoad) {
  if (threadTranslator.test(url)) {
    return { format: "module", source: "export const register = () => {};", shortCircuit: true };
  }
  if (!url.startsWith("file:") || !/\.ts([?#]|$)/.test(url)) return nextLoad(url, context);
  const path = fileURLToPath(url);
  const { mtimeMs, size } = statSync(path);
  const kept = `${folder}${path.replace(/[/\\:]/g, "+")}.${mtimeMs}.${size}.js`;
  let source;
  try {
    source = readFileSync(kept);
  } catch {
    source = await translate(path);
    // Written aside, so that a process beside this one never reads half a file.
    const aside = `${kept}.${process.pid}`;
    writeFileSync(aside, source);
    renameSync(aside, kept);
  }
  return { format: "module", source, shortCircuit: true };
}
