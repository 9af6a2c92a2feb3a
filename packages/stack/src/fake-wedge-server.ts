/** A server of its own process for `wedge.slow.test.ts`: prints its address, and ends when its input does. */
import { loadModel } from "@llamero/core";
import { startServer } from "./server.ts";

const [path] = process.argv.slice(2);
const model = await loadModel(path!, { maxBatch: 16 });
const server = await startServer({
  models: [{ name: "cria", model }],
  host: "127.0.0.1",
  port: 0,
  limits: { headersTimeoutMs: 5000, requestTimeoutMs: 10_000, stallTimeoutMs: 5000 },
  traces: { maxTraces: 1000 },
  onError: (error) => {
    process.stderr.write(`fault: ${error instanceof Error ? error.stack : String(error)}\n`);
  },
});
process.stdout.write(`${server.url}\n`);
process.stdin.resume();
process.stdin.once("end", async () => {
  await server.close({ graceMs: 0 });
  await model[Symbol.asyncDispose]();
});
// Measured memory is what is held, not what waits to be collected.
process.on("SIGUSR2", () => globalThis.gc?.());
