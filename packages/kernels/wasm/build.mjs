// Compiles the AssemblyScript kernels in their variants and bundles the worker; all into ../build.
import { mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { build } from "esbuild";

const folder = fileURLToPath(new URL(".", import.meta.url));
const outFolder = fileURLToPath(new URL("../build/", import.meta.url));
mkdirSync(outFolder, { recursive: true });

// DOT8: products of 8 bits by the relaxed dot, for processors that have it as one instruction.
const builds = [
  { file: "kernels.wasm", features: ["--use", "DOT8=0"] },
  { file: "kernels-relaxed.wasm", features: ["--use", "DOT8=0", "--enable", "relaxed-simd"] },
  { file: "kernels-relaxed-dot.wasm", features: ["--use", "DOT8=1", "--enable", "relaxed-simd"] },
];
for (const { file, features } of builds) {
  // The memory is shared and imported, so that the host and its workers use one; the maximum is all of wasm32.
  const { error, stderr } = await asc.main([
    "index.as.ts",
    "--baseDir",
    folder,
    "--outFile",
    `${outFolder}${file}`,
    ...["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--sharedMemory"],
    ...["--initialMemory", "1", "--maximumMemory", "65536"],
    ...["--enable", "simd", "--enable", "threads", ...features],
  ]);
  if (error !== null) {
    console.error(stderr.toString());
    throw new Error(`Cannot compile ${file}`, { cause: error });
  }
  console.error(`${file}: ${statSync(`${outFolder}${file}`).size} bytes`);
}

await build({
  entryPoints: [fileURLToPath(new URL("../src/wasm/worker.ts", import.meta.url))],
  outfile: `${outFolder}wasm-worker.js`,
  bundle: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
});
