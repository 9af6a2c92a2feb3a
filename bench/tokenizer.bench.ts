/**
 * Encoding speed on 10 MB of mixed text (English, code, 13 more languages) against tiktoken, one thread each.
 *
 *   LLAMERO_MODELS=folder LLAMERO_PYTHON=python-with-tiktoken \
 *     node --conditions=@llamero/source --import tsx bench/tokenizer.bench.ts
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { loadTokenizer } from "@llamero/core/tokenizer";

const numRuns = 7;
const textBytes = 10_000_000;
const repositoryRoot = join(import.meta.dirname, "..");

/** Real text that the lock file pins: TypeScript's translated messages, declarations and code. */
function readMixedText(): Buffer {
  const folder = join(repositoryRoot, "node_modules/@typescript/old/lib");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const messages = names.filter((name) => name.endsWith("diagnosticMessages.generated.json"));
  const declarations = names.filter((name) => /^lib\..*\.d\.ts$/.test(name));
  // The compiler comes last and is cut off at the size wanted.
  const parts = [...messages, ...declarations, "_tsc.js", "typescript.js"];
  const text = Buffer.concat(parts.map((name) => readFileSync(join(folder, name))));
  return Buffer.from(new TextDecoder().decode(text.subarray(0, textBytes)));
}

const peerScript = `
import sys, time, base64, hashlib, tiktoken
ranks = {base64.b64decode(a): int(b) for a, b in (l.split() for l in open(sys.argv[1]))}
pattern = r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"""
encoding = tiktoken.Encoding("llama3", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
text = open(sys.argv[2], encoding="utf-8", newline="").read()
print(tiktoken.__version__, flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    ids = encoding.encode_ordinary(text)
    seconds = time.perf_counter() - start
    print(seconds * 1000, hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest(), flush=True)
`;

function describe(name: string, timesMs: readonly number[], sizeBytes: number): string {
  const sorted = [...timesMs].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1]!;
  const rate = (timeMs: number): string => (sizeBytes / 1e3 / timeMs).toFixed(1);
  return `| ${name} | ${rate(median)} | ${rate(sorted[0]!)} | ${timesMs.map((timeMs) => timeMs.toFixed(0)).join(" ")} |`;
}

const models = process.env["LLAMERO_MODELS"];
if (models === undefined)
  throw new TypeError("LLAMERO_MODELS must name a folder with llama3.tokenizer.model");
const modelPath = join(models, "llama3.tokenizer.model");
const bytes = readMixedText();
const text = bytes.toString("utf8");
const scratch = mkdtempSync(join(tmpdir(), "llamero-bench-"));
const textPath = join(scratch, "text");
writeFileSync(textPath, bytes);

const loadStart = performance.now();
const tokenizer = loadTokenizer({ kind: "tokenizer.model", bytes: readFileSync(modelPath) });
const loadMs = performance.now() - loadStart;
const python = process.env["LLAMERO_PYTHON"];
const peer =
  python === undefined
    ? null
    : spawn(python, ["-c", peerScript, modelPath, textPath], { stdio: ["pipe", "pipe", "inherit"] });
const peerLines = peer === null ? null : createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
const peerVersion = (await peerLines?.next())?.value ?? "none";

const ours: number[] = [];
const theirs: number[] = [];
let numTokens = 0;
for (let run = -1; run < numRuns; run++) {
  const start = performance.now();
  const ids = tokenizer.encode(text);
  const timeMs = performance.now() - start;
  numTokens = ids.length;
  if (run >= 0) ours.push(timeMs);
  if (peer === null || peerLines === null) continue;
  peer.stdin.write("\n");
  const [peerMs, peerHash] = String((await peerLines.next()).value).split(" ");
  if (run >= 0) theirs.push(Number(peerMs));
  const hash = createHash("sha256").update(ids.join(",")).digest("hex");
  if (hash !== peerHash) throw new Error(`Ids differ from tiktoken's: ${hash} and ${peerHash}`);
}
peer?.stdin.end();
rmSync(scratch, { recursive: true });

console.log(`# Tokenizer, ${new Date().toISOString().slice(0, 10)}

${bytes.length} bytes of mixed text, Llama 3 vocabulary, ${numTokens} tokens${peer === null ? "" : ", ids equal in every run"}.
${cpus().length} x ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}, tiktoken ${peerVersion}.
Loading tokenizer.model: ${loadMs.toFixed(0)} ms (cold).

| encoder, one thread | MB/s median | MB/s best | ms of each run |
|---|---|---|---|
${describe("Tokenizer.encode", ours, bytes.length)}${theirs.length === 0 ? "" : `\n${describe("tiktoken encode_ordinary", theirs, bytes.length)}`}`);
