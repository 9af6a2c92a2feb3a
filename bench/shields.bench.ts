/**
 * What shields add to a turn of Cria: the time in their checks over the time of the turn, streamed over HTTP, with the
 * window of 32 tokens. Turns with each policy and without any come in turns.
 *
 *   node --conditions=@llamero/source --import tsx bench/shields.bench.ts [rounds, default 5] [tokens, default 96]
 */
import { fileURLToPath } from "node:url";
import { loadModel } from "../packages/core/src/index.ts";
import { startServer } from "../packages/stack/src/index.ts";
import type { CheckRecord } from "../packages/stack/src/shields/border-guard.ts";
import { embeddedPolicy, type PolicySettings } from "../packages/stack/src/shields/shield-settings.ts";
import { machineLine, median } from "./paired.ts";

const [numRounds, maxTokens] = [Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 96)];
const prompt = "Tell me about the sea, and what lives in it. Write a long text.";

const at = (
  shields: string[],
  on_hit: "refuse" | "redact" | "log",
): NonNullable<PolicySettings["borders"]> => ({
  user_input: [{ shields, on_hit }],
  model_output: [{ shields, on_hit }],
});
const policies: Readonly<Record<string, NonNullable<PolicySettings["borders"]>>> = {
  none: {},
  pii: at(["pii"], "redact"),
  code: at(["code"], "refuse"),
  "hidden-text": at(["hidden-text"], "redact"),
  injection: { user_input: [{ shields: ["injection"], on_hit: "log" }] },
  content: { user_input: [{ shields: ["content"], on_hit: "log" }] },
  "injection+out": at(["injection"], "log"),
  "content+out": at(["content"], "log"),
  embedded: embeddedPolicy.borders!,
  all: {
    user_input: [
      { shields: ["code"], on_hit: "log" },
      { shields: ["pii", "hidden-text"], on_hit: "redact" },
    ],
    model_output: [
      { shields: ["code"], on_hit: "refuse" },
      { shields: ["pii", "hidden-text"], on_hit: "redact" },
    ],
  },
};

const model = await loadModel(fileURLToPath(new URL("../packages/cli/model/cria.gguf", import.meta.url)));
let checks: CheckRecord[] = [];
const servers = new Map<string, Awaited<ReturnType<typeof startServer>>>();
for (const [name, borders] of Object.entries(policies)) {
  const server = await startServer({
    models: [{ name: "cria", model }],
    host: "127.0.0.1",
    port: 0,
    shields: { policy: { borders } },
    onShield: (record) => checks.push(record),
  });
  servers.set(name, server);
}

/** One turn: milliseconds to the first text and in all. */
async function turn(url: string, round: number): Promise<{ firstMs: number; ms: number }> {
  const start = performance.now();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      model: "cria",
      // Nothing of an earlier turn's text is known to the shields.
      messages: [{ role: "user", content: `${prompt} (${round})` }],
      max_tokens: maxTokens,
      temperature: 0,
      stream: true,
    }),
  });
  let firstMs = Number.NaN;
  const decoder = new TextDecoder();
  for await (const bytes of response.body!) {
    const hasText = /"content":"[^"]/.test(decoder.decode(bytes, { stream: true }));
    if (Number.isNaN(firstMs) && hasText) firstMs = performance.now() - start;
  }
  return { firstMs, ms: performance.now() - start };
}

console.log(machineLine());
const rows = new Map<string, { ms: number[]; firstMs: number[]; inChecks: number[] }>();
for (let round = -1; round < numRounds; round++) {
  for (const [name, { url }] of servers) {
    checks = [];
    const { ms, firstMs } = await turn(url, round);
    if (round < 0) continue;
    const row = rows.get(name) ?? { ms: [], firstMs: [], inChecks: [] };
    rows.set(name, row);
    row.ms.push(ms);
    row.firstMs.push(firstMs);
    row.inChecks.push(checks.reduce((sum, each) => sum + each.ms, 0));
  }
}
console.log(`Cria, ${maxTokens} tokens, median of ${numRounds} turns`);
for (const [name, { ms, firstMs, inChecks }] of rows) {
  const share = (100 * median(inChecks)) / median(ms);
  console.log(
    `${name.padEnd(14)} turn ${median(ms).toFixed(1)} ms, first text ${median(firstMs).toFixed(1)} ms, in checks ${median(inChecks).toFixed(2)} ms (${share.toFixed(2)} %)`,
  );
}
for (const server of servers.values()) await server.close({ graceMs: 0 });
await model[Symbol.asyncDispose]();
