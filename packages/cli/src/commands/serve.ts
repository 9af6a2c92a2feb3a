import { newestModel } from "@llamero/core/hub/store";
import { chatPageFolder } from "../chat/page-folder.ts";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { modelFlags, numberFlag, sizeFlag, switchFlag, textFlag } from "../flags.ts";
import { loadStored } from "../model/open-model.ts";
import { resolveModel } from "../model/resolve-model.ts";
import { interruptSignal } from "../terminal/interrupt.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "[model]",
  details: "Speaks the OpenAI chat completions protocol at /v1 and shows a chat page at /. Ctrl-C stops it.",
  flags: {
    ...modelFlags,
    host: textFlag("--host <address>", "address to listen on (default: 127.0.0.1, this machine only)"),
    port: numberFlag("--port <n>", "port to listen on; 0 takes a free one", 8321, {
      min: 0,
      max: 65535,
      isInteger: true,
    }),
    batch: numberFlag("-b, --batch <n>", "answers computed at once", 16, {
      min: 1,
      max: 4096,
      isInteger: true,
    }),
    kvDisk: switchFlag("--kv-disk", "keep computed KV in the folder kv of LLAMERO_HOME for later runs"),
    kvDiskSize: sizeFlag("--kv-disk-size <bytes>", "bytes that folder may hold, such as 8G (default: 2G)"),
    apiKey: textFlag("--api-key <key>", "demand this key; needed on any address but this machine's own"),
  },
  examples: [
    "llamero serve",
    "llamero serve Llama-3.2-1B --port 8080",
    "llamero serve --host 0.0.0.0 --api-key secret",
  ],
  async run([name], values) {
    const stored = name === undefined ? await newestModel() : await resolveModel(name);
    if (stored === null)
      throw new UsageError("There is no model to serve", "Get one: llamero pull hf:user/repo");
    const host = values.host ?? "127.0.0.1";
    if (values.apiKey === null && !/^(127\.[\d.]+|::1|localhost)$/.test(host)) {
      throw new UsageError(`${host} can be reached from other machines: set --api-key`);
    }
    const { startServer } = await import("@llamero/stack");
    await using model = await loadStored(stored, values, values.batch, {
      disk: values.kvDisk,
      ...(values.kvDiskSize === null ? {} : { maxBytes: values.kvDiskSize }),
    });
    const webRoot = chatPageFolder();
    if (webRoot === null) {
      process.stderr.write("Note: there is no chat page, since @llamero/web is not built (npm run build)\n");
    }
    const server = await startServer({
      models: [{ name: stored.name, model }],
      host,
      port: values.port,
      apiKey: values.apiKey,
      webRoot,
      onError: (error) => {
        process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      },
    });
    process.stderr.write(`Serving ${stored.name} at ${server.url} (API under /v1; Ctrl-C stops)\n`);
    const signal = interruptSignal();
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    await server.close();
  },
});
