// Compiles the native backend with whatever C++ compiler is there; without one it says so once and WebAssembly serves.
// Usage: node native/build.mjs [--sanitize]
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "src");
const sanitize = process.argv.includes("--sanitize");
const out = join(here, "..", "build", sanitize ? "sanitized" : `${process.platform}-${process.arch}`);
const addon = join(out, "kernels.node");
const x64 = process.arch === "x64";

const common = [
  "-std=c++20",
  "-O3",
  "-fPIC",
  "-fvisibility=hidden",
  "-ffp-contract=off",
  "-fno-math-errno",
  "-Wall",
  "-Wno-psabi",
  "-pthread",
];
const vector512 = [
  "-mavx2",
  "-mfma",
  "-mf16c",
  "-mavx512f",
  "-mavx512bw",
  "-mavx512dq",
  "-mavx512vl",
  "-mavx512vnni",
];
const matrix = [...vector512, "-mavx512bf16", "-mamx-tile", "-mamx-int8", "-mamx-bf16"];
/** Flags per source file; a file whose flags the compiler does not know is left out and named. */
const units = {
  "addon.cpp": [],
  "executor.cpp": [],
  "lease.cpp": [],
  "train-addon.cpp": [],
  "train.cpp": [],
  "train-generic.cpp": [],
  "sample.cpp": [],
  "pack.cpp": [],
  "generic.cpp": [],
  ...(x64 && { "avx2.cpp": ["-mavx2", "-mfma", "-mf16c"] }),
  ...(x64 && { "train-avx2.cpp": ["-mavx2", "-mfma", "-mf16c"] }),
  ...(x64 && { "avx512.cpp": vector512, "train-avx512.cpp": vector512 }),
  ...(x64 && { "amx.cpp": matrix, "train-amx.cpp": matrix }),
  ...(process.arch === "arm64" && {
    "neon.cpp": ["-march=armv8.2-a+dotprod+fp16"],
    "train-neon.cpp": ["-ffp-contract=fast"],
  }),
};
const optional = {
  "avx512.cpp": "LLAMERO_AVX512",
  "amx.cpp": "LLAMERO_AMX",
  "train-avx512.cpp": "LLAMERO_TRAIN_AVX512",
  "train-amx.cpp": "LLAMERO_TRAIN_AMX",
};
/** Files that are told which optional ones exist. */
const informed = ["addon.cpp", "train-addon.cpp"];

function newest(folder) {
  return Math.max(...readdirSync(folder).map((name) => statSync(join(folder, name)).mtimeMs));
}

function findCompiler() {
  for (const name of [process.env.CXX, "g++", "clang++", "c++"]) {
    if (!name) continue;
    try {
      execFileSync(name, ["--version"], { stdio: "ignore" });
      return name;
    } catch {}
  }
  return null;
}

async function main() {
  try {
    if (statSync(addon).mtimeMs > Math.max(newest(source), statSync(fileURLToPath(import.meta.url)).mtimeMs))
      return;
  } catch {}
  const compiler = findCompiler();
  if (compiler === null || process.platform === "win32") {
    console.error(
      "llamero: no C++ compiler (g++, clang++ or CXX) found; the WebAssembly backend will be used",
    );
    return;
  }
  mkdirSync(out, { recursive: true });
  const { include_dir: headers } = createRequire(import.meta.url)("node-api-headers");
  const run = promisify(execFile);
  const extra = sanitize ? ["-g", "-O1", "-fsanitize=address,undefined", "-fno-omit-frame-pointer"] : [];
  const present = Object.entries(units).filter(([name]) => readdirSync(source).includes(name));
  const compile = (name, flags, defines) =>
    run(compiler, [
      ...common,
      ...extra,
      ...flags,
      ...defines,
      `-I${headers}`,
      "-c",
      join(source, name),
      "-o",
      join(out, `${name}.o`),
    ]);
  const left = new Set();
  // The largest first, so that no core waits long for the last one.
  const sizeOf = ([name]) => statSync(join(source, name)).size;
  const queue = present.filter(([name]) => !informed.includes(name)).sort((a, b) => sizeOf(b) - sizeOf(a));
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [name, flags] = next;
      try {
        await compile(name, flags, []);
      } catch (error) {
        if (!(name in optional)) throw error;
        left.add(name);
        console.error(
          `llamero: ${compiler} cannot build ${name}; that instruction set is left out (${String(error.stderr).split("\n")[0]})`,
        );
      }
    }
  };
  await Promise.all([worker(), worker()]);
  const built = present.filter(([name]) => !left.has(name));
  const defines = built.filter(([name]) => name in optional).map(([name]) => `-D${optional[name]}`);
  await Promise.all(informed.map((name) => compile(name, [], defines)));
  const undefinedOk = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : [];
  await run(compiler, [
    "-shared",
    "-pthread",
    ...extra,
    ...undefinedOk,
    ...built.map(([name]) => join(out, `${name}.o`)),
    "-o",
    addon,
  ]);
}

main().catch((error) => {
  console.error(
    `llamero: the native backend did not build; the WebAssembly backend will be used\n${error.stderr ?? error}`,
  );
  process.exitCode = process.env.LLAMERO_REQUIRE_NATIVE ? 1 : 0;
});
