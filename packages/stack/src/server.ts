import { setMaxListeners } from "node:events";
import { listenOn, type RunningServer } from "./http/listen.ts";
import { requestListener } from "./http/request-listener.ts";
import { isLoopback } from "./http/security.ts";
import { jobsOf } from "./jobs/jobs-of.ts";
import { type ModelShelf, withShelf } from "./model-shelf.ts";
import { type ModelMeter, meterModel } from "./observe/meter-model.ts";
import type { RequestRecord } from "./observe/observe-requests.ts";
import { OtlpExporter, type OtlpSettings } from "./observe/otlp-exporter.ts";
import { withScope } from "./observe/request-owner.ts";
import { ServerMetrics } from "./observe/server-metrics.ts";
import { type TraceLimits, Traces } from "./observe/traces.ts";
import { withRemote } from "./providers/answer-remote.ts";
import type { RemoteModels } from "./providers/remote-models.ts";
import { backgroundOf } from "./responses/background.ts";
import { restoreAdapters } from "./round/served-adapters.ts";
import { allRoutes } from "./routes/all-routes.ts";
import type { RouteServices } from "./routes/services.ts";
import { Admission } from "./security/admission.ts";
import { toOrigin } from "./security/cors.ts";
import { type ApiKey, type KeyAccess, withModelAccess } from "./security/key-access.ts";
import { KeyRing } from "./security/key-ring.ts";
import { defaultLimits, type ServerLimits } from "./security/server-limits.ts";
import { type ServedModel, ServedModels } from "./served-models.ts";
import type { CheckRecord } from "./shields/border-guard.ts";
import { guardModel } from "./shields/guard-model.ts";
import { openShields, type ShieldOptions } from "./shields/open-shields.ts";
import { openStore } from "./store/open-store.ts";
import type { Store } from "./store/store.ts";
import { scanThrough } from "./tools/scan-untrusted.ts";
import type { ToolSettings } from "./tools/tool-settings.ts";
import { Toolbox } from "./tools/toolbox.ts";

/** How to serve. */
export interface ServerOptions {
  /** Requests name one; the first is the one that `/v1/health` speaks of. */
  models: readonly ServedModel[];
  /** Models that other servers compute; default none. */
  remote?: RemoteModels;
  /** Models of this machine that are opened when a request names them; default none. */
  shelf?: ModelShelf | null;
  host: string;
  /** 0 takes a free port. */
  port: number;
  /** Demanded under /v1; needed on any address but this machine's own. */
  apiKey?: string | null;
  /** More keys; each owns what is made with it. What comes with `apiKey` belongs to `local`. */
  keys?: readonly ApiKey[];
  /** A key of the one who runs the server, which may do all; it asks for no key of others. */
  controlKey?: string;
  /** What is taken at most; the rest as in `defaultLimits`. */
  limits?: Partial<ServerLimits>;
  /** PEM texts; with them the server speaks HTTPS. */
  tls?: { cert: string; key: string };
  /** Origins whose pages may use the server, such as `https://example.org`; default only its own. */
  origins?: readonly string[];
  /** Where responses, files and the like are kept; default in memory, until the server closes. */
  store?: Store;
  /** Folder under which files named by datasets lie; default none. */
  dataFolder?: string | null;
  /** Holds answers to their schemas, for tests and development; default false. */
  checksAnswers?: boolean;
  /** Shields beside those that are always there, and the policy; default `defaultPolicy`. */
  shields?: ShieldOptions;
  /** Tools that the server runs itself; default those that need no settings. */
  tools?: ToolSettings;
  /** Told of every check of a shield that the policy asks for. */
  onShield?: (record: CheckRecord) => void;
  /** Folder of the chat page, shown at /. */
  webRoot?: string | null;
  /** Folder of training runs, which the page of runs shows to admins; default none. */
  runsFolder?: string | null;
  /** Folder of the models of this machine, which admins look after; default none. */
  modelsFolder?: string | null;
  /** What an hour of the machine costs, for the metrics; default unknown. */
  hourly?: number | null;
  /** How many traces of requests are kept, and what of them; the rest as in `defaultTraceLimits`. */
  traces?: Partial<TraceLimits>;
  /** The OpenTelemetry collector that traces go to; default none. */
  otlp?: OtlpSettings | null;
  /** Told of every request when its answer is over. */
  onRequest?: (record: RequestRecord) => void;
  /** Closes the server. */
  signal?: AbortSignal;
  /** Told of every error that is no fault of a request; default prints to standard error. */
  onError?: (error: unknown) => void;
}

/** Serves models over HTTP until closed. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, webRoot = null, signal, onError = console.error } = options;
  const apiKey = options.apiKey ?? null;
  const origins = options.origins ?? [];
  const badOrigin = origins.find((each) => toOrigin(each) !== each);
  if (badOrigin !== undefined)
    throw new TypeError(`${badOrigin} is no origin; write it like https://example.org, without a path`);
  const keys = [...(apiKey === null ? [] : [{ name: "local", key: apiKey }]), ...(options.keys ?? [])];
  if (keys.some(({ key }) => key === ""))
    throw new TypeError("The API key is empty; give one with at least one character");
  if (keys.length === 0 && !isLoopback(host)) {
    throw new TypeError(
      `${host} can be reached from other machines; give an API key, or listen on 127.0.0.1`,
    );
  }
  const names = keys.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`Two API keys are called ${twice}; give each its own name`);
  const limits: ServerLimits = { ...defaultLimits, ...options.limits };
  signal?.throwIfAborted();
  const closing = new AbortController();
  const ended = new AbortController();
  // Every request in flight listens.
  setMaxListeners(0, ended.signal);
  const store = options.store ?? (await openStore(":memory:"));
  const ring = await KeyRing.open(keys, store, {
    ended: ended.signal,
    controlKey: options.controlKey ?? null,
  });
  const named = (name: string): KeyAccess | undefined => ring.named(name);
  const admission = new Admission(limits, named);
  const metrics = new ServerMetrics(options.hourly ?? null);
  const meterOf = (name: string): ModelMeter => {
    const meter = metrics.meterOf(name);
    return {
      ...meter,
      finish: (usage, owner) => {
        meter.finish(usage);
        if (owner !== undefined) admission.charge(owner, usage.promptTokens + usage.completionTokens);
      },
    };
  };
  const otlp = options.otlp ? new OtlpExporter(options.otlp) : null;
  const traces = new Traces(store, options.traces, otlp === null ? [] : [(trace) => otlp.add(trace)]);
  metrics.watch(traces, otlp);
  const metered = options.models.map((each) => meterModel(each, meterOf(each.name), traces));
  const unguarded = new ServedModels(metered, { remote: options.remote });
  const shields = openShields(options.shields ?? {}, {
    findModel: (name) => unguarded.find(name).model,
    onCheck: (record) => {
      metrics.recordCheck(record);
      options.onShield?.(record);
    },
    onError,
  });
  await shields.open();
  const { shelf = null } = options;
  const toolbox = new Toolbox(options.tools);
  const services: RouteServices = {
    models: new ServedModels(
      metered.map((each) => guardModel(each, shields.guard)),
      {
        remote: options.remote,
        // One series for all: requests may name what they like.
        wrapRemote: (each) => guardModel(meterModel(each, meterOf("(remote)"), traces), shields.guard),
        shelf: shelf && {
          list: () => shelf.list(),
          open: async (name) => {
            const opened = { name, model: await shelf.open(name) };
            return guardModel(meterModel(opened, meterOf(name), traces), shields.guard).model;
          },
        },
        onOpen: (name) => restoreAdapters(services, name),
      },
    ),
    shields,
    guardBorder: shields.guardBorder,
    tools: toolbox,
    scanUntrusted: scanThrough(shields.guardBorder),
    store,
    keys: ring,
    load: () => metrics.load,
    traces,
    routes: allRoutes.map((route) => withModelAccess(withShelf(withRemote(withScope(route))), named)),
    dataFolder: options.dataFolder ?? null,
    modelsFolder: options.modelsFolder ?? null,
    closing: closing.signal,
    ended: ended.signal,
    onError,
  };
  await options.remote?.watch(ended.signal);
  await restoreAdapters(services);
  // What an earlier process left is taken up.
  const background = backgroundOf(services);
  const jobs = jobsOf(services);
  const listener = requestListener(services, {
    host,
    webRoot,
    runsFolder: options.runsFolder ?? null,
    origins,
    keys: ring,
    limits,
    admission,
    metrics,
    traces,
    onRequest: options.onRequest,
    checksAnswers: options.checksAnswers ?? false,
  });
  const server = await listenOn(listener, {
    host,
    port,
    closing,
    ended,
    limits,
    ...(options.tls && { tls: options.tls }),
    ...(signal && { signal }),
  });
  return {
    url: server.url,
    close: async (how) => {
      await server.close(how);
      await background.stop();
      await jobs.stop();
      await toolbox.close();
      await shields.close();
      metrics.stop();
      await traces.flush();
      await otlp?.flush();
      // A store of one's own ends with the server.
      if (options.store === undefined) await store[Symbol.asyncDispose]();
    },
  };
}
