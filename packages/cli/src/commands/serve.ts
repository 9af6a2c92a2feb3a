import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { LoadedModel, PrefixCacheOptions } from "@llamero/core";
import { modelsFolder, type StoredModel } from "@llamero/core/hub/store";
import type { ServedModel } from "@llamero/stack";
import { chatPageFolder } from "../chat/page-folder.ts";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { choiceFlag, modelFlags, numberFlag, sizeFlag, switchFlag, textFlag, timeFlag } from "../flags.ts";
import { type AdapterValues, adapterFlag } from "../model/adapters.ts";
import { loadStored, type ModelValues } from "../model/open-model.ts";
import { resolveModel } from "../model/resolve-model.ts";
import { defaultModel, shippedName } from "../model/shipped-model.ts";
import { speculateFlag } from "../model/speculate.ts";
import { createSupervise, superviseStored } from "../model/supervise-models.ts";
import { runsFolder } from "../runs/find-run.ts";
import { collectStart } from "../serve/collect-start.ts";
import { loadConfig, orUsageError } from "../serve/load-config.ts";
import { noteServer, reachableUrl } from "../serve/running-servers.ts";
import { interruptSignal } from "../terminal/interrupt.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "[model...]",
  details: `Speaks the OpenAI chat completions protocol at /v1 and shows a chat page at /. Each model runs in a process of its
own, which is restarted when it dies; requests go on where they were. Without a model all of the store can be asked for: the
newest is loaded now, the others at their first request. Ctrl-C stops the server.`,
  flags: {
    ...modelFlags,
    lora: adapterFlag,
    speculate: speculateFlag,
    config: textFlag("--config <file>", "providers, models, keys and the store in YAML; flags go before it"),
    host: textFlag("--host <address>", "address to listen on (default: 127.0.0.1, this machine only)"),
    port: numberFlag("--port <n>", "port to listen on; 0 takes a free one (default: 8321)", null, {
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
    inline: switchFlag("--inline", "run the models in this process"),
    keepAlive: timeFlag(
      "--keep-alive <time>",
      "unload a model this long after its last answer, such as 90, 5m or 24h (default: 5m); 0 at once, -1 never",
    ),
    memory: sizeFlag(
      "--memory <bytes>",
      "bytes that all models together may take, such as 8G (default: what is free)",
    ),
    lease: choiceFlag(
      "--lease <mode>",
      "take turns with other served models, step by step",
      ["on", "off"],
      "on",
    ),
    store: textFlag(
      "--store <where>",
      "SQLite file, postgres:// URL or :memory: for what requests keep (default: store.db in LLAMERO_HOME)",
    ),
    dataFolder: textFlag("--data-folder <path>", "folder whose JSON lines datasets may name (default: none)"),
    apiKey: textFlag("--api-key <key>", "demand this key; needed on any address but this machine's own"),
    log: choiceFlag("--log <format>", "tell of each request on standard error", ["none", "json"], "none"),
    hourly: numberFlag("--hourly <cost>", "what an hour of this machine costs, for /metrics", null, {
      min: 0,
    }),
    drain: timeFlag(
      "--drain <time>",
      "let requests under way go on so long when the server ends, such as 90 or 5m (default: 30)",
    ),
    tlsCert: textFlag(
      "--tls-cert <file>",
      "PEM file of a certificate; with --tls-key the server speaks HTTPS",
    ),
    tlsKey: textFlag("--tls-key <file>", "PEM file of its key"),
  },
  examples: [
    "llamero serve",
    "llamero serve Llama-3.2-1B --port 8080",
    "llamero serve Llama-3.2-1B SmolLM2-135M --keep-alive -1",
    "llamero serve Llama-3.2-1B all-MiniLM-L6-v2",
    "llamero serve Llama-3.2-1B --lora law=./law-adapter",
    "llamero serve --host 0.0.0.0 --api-key secret",
    "llamero serve --config llamero.yaml",
  ],
  async run(_, values, names) {
    const config = values.config === null ? {} : await loadConfig(values.config);
    const configured = (config.models ?? []).filter((each) => "model" in each);
    const asked = names.length > 0 ? names : configured.map(({ model }) => model);
    // With providers there need not be a model of this machine.
    const isRemoteOnly = asked.length === 0 && (config.providers ?? []).some(({ id }) => id !== "");
    const found =
      asked.length > 0
        ? await Promise.all(asked.map(resolveModel))
        : isRemoteOnly
          ? []
          : [await defaultModel()];
    const stored = found.filter((each) => each !== null);
    if (stored.length === 0 && !isRemoteOnly)
      throw new UsageError("There is no model to serve", "Get one: llamero pull hf:user/repo");
    const { openEncoders, partEncoders } = await import("../serve/open-encoders.ts");
    const { models, encoders } = await partEncoders(stored);
    const served = [...models, ...encoders].map(({ name }) => name);
    const twice = served.find((name, index) => served.indexOf(name) !== index);
    if (twice !== undefined) throw new UsageError(`${twice} is named twice`);
    if (values.lora.length > 0 && models.length !== 1)
      throw new UsageError("--lora needs exactly one model, which the adapters are for");
    const adapters = values.lora.map((each) => each.name);
    const host = values.host ?? config.server?.host ?? "127.0.0.1";
    const tlsFiles = tlsPaths(
      values.tlsCert ?? config.server?.tls_cert,
      values.tlsKey ?? config.server?.tls_key,
    );
    const tls = tlsFiles && (await readTls(tlsFiles));
    if (
      values.apiKey === null &&
      (config.server?.keys ?? []).length === 0 &&
      !/^(127\.[\d.]+|::1|localhost)$/.test(host)
    ) {
      throw new UsageError(`${host} can be reached from other machines: set --api-key`);
    }
    const { readOtlpSettings, requestLine, startServer } = await import("@llamero/stack");
    const { openProviders, openStore, toApiKeys, toLimits, toTraceLimits } = await import(
      "@llamero/stack/config"
    );
    const otlp = readOtlpSettings(process.env, config.traces?.otlp_endpoint ?? null);
    const remote = await orUsageError(() => openProviders(config));
    const prefixCache = {
      disk: values.kvDisk,
      ...(values.kvDiskSize === null ? {} : { maxBytes: values.kvDiskSize }),
    };
    const supervise = createSupervise({
      maxBatch: values.batch,
      prefixCache,
      keepAliveMs: values.keepAlive ?? 5 * 60_000,
      memoryBytes: values.memory,
      takesTurns: values.lease === "on",
    });
    const chatting =
      values.inline || models.length === 0
        ? await loadInline(models, values, prefixCache)
        : await superviseStored(models, values, supervise);
    // Who names models means these and no others.
    const isOpen = asked.length === 0 && !isRemoteOnly && !values.inline;
    await using shelf = isOpen ? (await import("../serve/open-shelf.ts")).openShelf(values, supervise) : null;
    const store = await openStore(values.store ?? config.store);
    const opened: ServedModel[] = chatting.map((model, i) => ({ name: served[i]!, model, adapters }));
    let forget = async (): Promise<void> => {};
    try {
      opened.push(...(await openEncoders(encoders, values)));
      const webRoot = chatPageFolder();
      if (webRoot === null) {
        process.stderr.write(
          "Note: there is no chat page, since @llamero/web is not built (npm run build)\n",
        );
      }
      const { embeddedPolicy } = await import("@llamero/stack/shields");
      const isShippedOnly = served.length === 1 && served[0] === shippedName && remote.providers.length === 0;
      const controlKey = randomBytes(32).toString("base64url");
      const server = await startServer({
        models: opened,
        shelf,
        remote,
        host,
        port: values.port ?? config.server?.port ?? 8321,
        apiKey: values.apiKey,
        keys: toApiKeys(config.server?.keys),
        limits: toLimits(config.server?.limits),
        controlKey,
        traces: toTraceLimits(config.traces),
        otlp,
        ...(tls && { tls }),
        shields: {
          settings: config.shields,
          policy: config.policy ?? (isShippedOnly ? embeddedPolicy : undefined),
        },
        hourly: values.hourly,
        ...(values.log === "json" && {
          onRequest: (record) => void process.stderr.write(requestLine(record)),
        }),
        origins: config.server?.cors_origins ?? [],
        ...(config.tools && { tools: config.tools }),
        store,
        dataFolder: values.dataFolder ?? config.data_folder ?? null,
        webRoot,
        runsFolder: runsFolder(null),
        modelsFolder: modelsFolder(),
        onError: (error) => {
          process.stderr.write(
            `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
          );
        },
      });
      const all = [...served, ...remote.providers.map(({ id }) => `${id}/*`)];
      forget = await noteServer({
        url: reachableUrl(server.url),
        models: all,
        startedAt: new Date().toISOString(),
        controlKey,
      });
      process.stderr.write(`Serving ${all.join(", ")} at ${server.url} (API under /v1; Ctrl-C stops)\n`);
      const others = (await shelf?.list())?.filter(({ name }) => !served.includes(name)) ?? [];
      if (others.length > 0)
        process.stderr.write(`Opened when asked for: ${others.map(({ name }) => name).join(", ")}\n`);
      setTimeout(collectStart, 1000).unref();
      const signal = interruptSignal();
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
        if (signal.aborted) resolve();
      });
      process.stderr.write("Ending when what is under way is answered; Ctrl-C again ends at once\n");
      // What is being answered may come to its end; a second Ctrl-C does not wait.
      await server.close({ graceMs: values.drain ?? 30_000 });
    } finally {
      await forget();
      for (const { model } of opened) await model[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    }
  },
});

interface TlsFiles {
  cert: string;
  key: string;
}

function tlsPaths(cert: string | undefined, key: string | undefined): TlsFiles | null {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined)
    throw new UsageError("--tls-cert and --tls-key go together: give both");
  return { cert, key };
}

async function readTls({ cert, key }: TlsFiles): Promise<TlsFiles> {
  const read = async (path: string): Promise<string> => {
    try {
      return await readFile(path, "utf8");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UsageError(`Cannot read the TLS file ${path}: ${reason}`);
    }
  };
  return { cert: await read(cert), key: await read(key) };
}

async function loadInline(
  models: readonly StoredModel[],
  values: ModelValues & AdapterValues & { batch: number },
  prefixCache: PrefixCacheOptions,
): Promise<LoadedModel[]> {
  const loaded: LoadedModel[] = [];
  for (const stored of models) loaded.push(await loadStored(stored, values, values.batch, prefixCache));
  return loaded;
}
