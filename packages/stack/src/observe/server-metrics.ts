import type { ServerResponse } from "node:http";
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { EngineStats } from "@llamero/core";
import type { ServedModel } from "../served-models.ts";
import type { CheckRecord } from "../shields/border-guard.ts";
import type { ModelMeter } from "./meter-model.ts";
import type { RequestRecord } from "./observe-requests.ts";
import type { OtlpExporter } from "./otlp-exporter.ts";
import { Counter, Histogram, metricText, sample } from "./prometheus.ts";
import type { Traces } from "./traces.ts";

/** What is told of traces. */
interface TraceCounts {
  traces: Pick<Traces, "numStored" | "numLost">;
  otlp: Pick<OtlpExporter, "numSent" | "numDropped"> | null;
}

/** Seconds. */
const firstBounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const nextBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

const shieldBounds = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const loopResolutionMs = 20;

const engineGauges: readonly [name: string, help: string, of: (stats: EngineStats) => number][] = [
  ["llamero_queue_waiting", "Requests that wait for their first step", (stats) => stats.numWaiting],
  ["llamero_queue_running", "Requests being computed", (stats) => stats.numRunning],
  ["llamero_kv_blocks", "Blocks of the KV pool", (stats) => stats.kvBlocks],
  ["llamero_kv_blocks_used", "Blocks of the KV pool in use", (stats) => stats.kvBlocksUsed],
  ["llamero_kv_blocks_cached", "Blocks kept for later prompts", (stats) => stats.kvBlocksCached],
];

interface ModelSeries {
  queue: Histogram;
  first: Histogram;
  next: Histogram;
}

/** What a server counts of itself, in memory, as Prometheus reads it. */
export class ServerMetrics {
  /** Answers under way. */
  readonly open: Set<ServerResponse> = new Set();
  readonly #hourly: number | null;
  readonly #since = performance.now();
  readonly #requests = new Counter();
  readonly #prompt = new Counter();
  readonly #cached = new Counter();
  readonly #completion = new Counter();
  readonly #models = new Map<string, ModelSeries>();
  readonly #shields = new Map<string, Histogram>();
  readonly #checks = new Counter();
  #traceCounts: TraceCounts | null = null;
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: loopResolutionMs });

  /** `hourly` is what the machine costs in an hour, in any currency. */
  constructor(hourly: number | null) {
    this.#hourly = hourly;
    this.#loop.enable();
  }

  /** Tells of traces too. */
  watch(traces: TraceCounts["traces"], otlp: TraceCounts["otlp"]): void {
    this.#traceCounts = { traces, otlp };
  }

  /** Ends the watch over the event loop. */
  stop(): void {
    this.#loop.disable();
  }

  record({ method, route, status }: RequestRecord): void {
    this.#requests.add({ method, route, status: String(status) });
  }

  /** A shield has judged, or has failed to. */
  recordCheck({ shield, border, ms, verdict, action }: CheckRecord): void {
    const series = this.#shields.get(shield) ?? new Histogram(shieldBounds);
    this.#shields.set(shield, series);
    series.record(ms / 1000);
    this.#checks.add({ shield, border, outcome: verdict === null ? "failed" : action });
  }

  meterOf(model: string): ModelMeter {
    const series = this.#models.get(model) ?? {
      queue: new Histogram(firstBounds),
      first: new Histogram(firstBounds),
      next: new Histogram(nextBounds),
    };
    this.#models.set(model, series);
    return {
      first: (ms) => series.first.record(ms / 1000),
      queued: (ms) => series.queue.record(ms / 1000),
      next: (ms) => series.next.record(ms / 1000),
      finish: ({ promptTokens, cachedTokens, completionTokens }) => {
        this.#prompt.add({ model }, promptTokens);
        this.#cached.add({ model }, cachedTokens);
        this.#completion.add({ model }, completionTokens);
      },
    };
  }

  /** Everything, in Prometheus's text format 0.0.4. */
  text(models: readonly ServedModel[]): string {
    return [
      counterText("llamero_requests_total", "Requests by route and status", this.#requests),
      this.#histogramText("llamero_time_to_first_token_seconds", "From a call to its first part", "first"),
      this.#histogramText("llamero_inter_token_seconds", "Between two parts of an answer", "next"),
      this.#histogramText("llamero_queue_seconds", "From a call to its first step in the engine", "queue"),
      counterText("llamero_prompt_tokens_total", "Tokens of prompts", this.#prompt),
      counterText("llamero_cached_tokens_total", "Prompt tokens from the prefix cache", this.#cached),
      counterText("llamero_completion_tokens_total", "Tokens of answers", this.#completion),
      counterText("llamero_shield_checks_total", "Checks by shield, border and outcome", this.#checks),
      metricText(
        "llamero_shield_seconds",
        "histogram",
        "What a check of a shield took",
        [...this.#shields].flatMap(([shield, series]) => series.lines("llamero_shield_seconds", { shield })),
      ),
      ...engineGauges.map(([name, help, of]) => {
        const lines = models.flatMap((served) => {
          const stats = served.model.engine?.stats();
          return stats === undefined ? [] : [sample(name, { model: served.name }, of(stats))];
        });
        return metricText(name, "gauge", help, lines);
      }),
      this.#processText(),
      this.#traceText(),
      this.#costText(),
    ].join("");
  }

  #histogramText(name: string, help: string, kind: keyof ModelSeries): string {
    const lines = [...this.#models].flatMap(([model, series]) => series[kind].lines(name, { model }));
    return metricText(name, "histogram", help, lines);
  }

  /** Answers under way, and those of them that are event streams. */
  get load(): { requests: number; streams: number } {
    const streams = [...this.open].filter((outgoing) =>
      String(outgoing.getHeader("content-type")).startsWith("text/event-stream"),
    );
    return { requests: this.open.size, streams: streams.length };
  }

  #processText(): string {
    const { requests, streams } = this.load;
    const lag = (ns: number): number => Math.max(0, ns / 1e9 - loopResolutionMs / 1000);
    const lags = [
      sample("llamero_event_loop_lag_seconds", { quantile: "0.5" }, lag(this.#loop.percentile(50))),
      sample("llamero_event_loop_lag_seconds", { quantile: "0.99" }, lag(this.#loop.percentile(99))),
      sample("llamero_event_loop_lag_seconds", { quantile: "1" }, lag(this.#loop.max)),
    ];
    this.#loop.reset();
    return [
      gaugeText("llamero_open_requests", "Answers under way", requests),
      gaugeText("llamero_open_streams", "Those of them that are event streams", streams),
      metricText("llamero_event_loop_lag_seconds", "gauge", "Since these metrics were last read", lags),
      gaugeText(
        "process_resident_memory_bytes",
        "Of the server's process, without those of its models",
        process.memoryUsage.rss(),
      ),
      gaugeText("llamero_uptime_seconds", "Since the start", this.#uptimeMs / 1000),
    ].join("");
  }

  #traceText(): string {
    if (this.#traceCounts === null) return "";
    const { traces, otlp } = this.#traceCounts;
    const text = (name: string, help: string, counts: Readonly<Record<string, number>>): string =>
      metricText(
        name,
        "counter",
        help,
        Object.entries(counts).map(([outcome, count]) => sample(name, { outcome }, count)),
      );
    return [
      text("llamero_traces_total", "Traces that were kept, and that the store had no time for", {
        kept: traces.numStored,
        lost: traces.numLost,
      }),
      otlp === null
        ? ""
        : text("llamero_otlp_spans_total", "Spans that the collector took, and those that it did not", {
            sent: otlp.numSent,
            dropped: otlp.numDropped,
          }),
    ].join("");
  }

  get #uptimeMs(): number {
    return performance.now() - this.#since;
  }

  #costText(): string {
    if (this.#hourly === null) return "";
    const numTokens = this.#prompt.total + this.#completion.total;
    const cost = (this.#hourly * this.#uptimeMs) / 3_600_000;
    return [
      gaugeText("llamero_cost_per_hour", "What the operator said that an hour costs", this.#hourly),
      numTokens === 0
        ? ""
        : gaugeText(
            "llamero_cost_per_million_tokens",
            "Cost since the start over tokens of prompts and answers, idle time included",
            (cost / numTokens) * 1e6,
          ),
    ].join("");
  }
}

const counterText = (name: string, help: string, counter: Counter): string =>
  metricText(name, "counter", help, counter.lines(name));

const gaugeText = (name: string, help: string, value: number): string =>
  metricText(name, "gauge", help, [sample(name, {}, value)]);
