import { request } from "@llamero/core/net/request";
import { version } from "../version.ts";
import type { AttributeValue, Span, SpanKind, Trace } from "./trace.ts";

/** Where spans go. */
export interface OtlpSettings {
  /** Address of the collector's traces, such as `http://127.0.0.1:4318/v1/traces`. */
  url: string;
  headers: Readonly<Record<string, string>>;
  serviceName: string;
  /** Between two batches; default 1000. */
  intervalMs?: number;
  /** Of one batch; default 512. */
  batchSpans?: number;
  /** Those that wait beyond these are dropped; default 4096. */
  waitingSpans?: number;
  /** Until the collector has answered; default 10,000. */
  timeoutMs?: number;
}

/** The settings in OpenTelemetry's environment variables; null without an endpoint. */
export function readOtlpSettings(
  env: Readonly<Record<string, string | undefined>>,
  endpoint: string | null = null,
): OtlpSettings | null {
  if (endpoint === null && env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return null;
  const exact = endpoint === null ? env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] : undefined;
  const base = endpoint ?? env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  const url = exact || (base && `${base.replace(/\/+$/, "")}/v1/traces`);
  if (!url) return null;
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new TypeError(
      `The OpenTelemetry endpoint ${url} is no http or https URL; write it like http://127.0.0.1:4318`,
    );
  return {
    url,
    headers: {
      ...readHeaders(env["OTEL_EXPORTER_OTLP_HEADERS"]),
      ...readHeaders(env["OTEL_EXPORTER_OTLP_TRACES_HEADERS"]),
    },
    serviceName: env["OTEL_SERVICE_NAME"] || "llamero",
  };
}

/** `name=value,name=value`, values percent-encoded as in W3C baggage. */
function readHeaders(text = ""): Record<string, string> {
  return Object.fromEntries(
    text.split(",").flatMap((pair) => {
      const at = pair.indexOf("=");
      return at < 1 ? [] : [[pair.slice(0, at).trim(), decode(pair.slice(at + 1).trim())]];
    }),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Sends traces to an OpenTelemetry collector in batches; what it does not take is dropped and counted. */
export class OtlpExporter {
  readonly #settings: Required<OtlpSettings>;
  #waiting: object[] = [];
  #timer: NodeJS.Timeout | null = null;
  #sending: Promise<void> | null = null;
  numSent = 0;
  numDropped = 0;
  /** Why the last batch was not taken; null after one that was. */
  lastError: string | null = null;

  constructor(settings: OtlpSettings) {
    this.#settings = {
      intervalMs: 1000,
      batchSpans: 512,
      waitingSpans: 4096,
      timeoutMs: 10_000,
      ...settings,
    };
  }

  add(trace: Trace): void {
    const { waitingSpans, intervalMs } = this.#settings;
    if (this.#waiting.length + trace.spans.length > waitingSpans) {
      this.numDropped += trace.spans.length;
      return;
    }
    for (const span of trace.spans) this.#waiting.push(toOtlpSpan(trace, span));
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.flush();
    }, intervalMs).unref();
  }

  /** Resolves when nothing waits any more. */
  async flush(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
    });
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#settings.batchSpans);
      try {
        await this.#send(batch);
        this.numSent += batch.length;
        this.lastError = null;
      } catch (error) {
        this.numDropped += batch.length;
        this.lastError = error instanceof Error ? error.message : String(error);
      }
    }
  }

  async #send(spans: readonly object[]): Promise<void> {
    const { url, headers, serviceName, timeoutMs } = this.#settings;
    const resource = {
      attributes: toKeyValues({ "service.name": serviceName, "service.version": version }),
    };
    const body = JSON.stringify({
      resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "llamero", version }, spans }] }],
    });
    const answer = await request(url, {
      purpose: "telemetry",
      access: "any",
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body,
      headersTimeoutMs: timeoutMs,
      maxRedirects: 0,
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`The collector answered ${answer.status}`);
  }
}

const kinds: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3 };
const statuses: Readonly<Record<Span["status"], number>> = { unset: 0, ok: 1, error: 2 };

/** A span in OTLP's JSON. */
export function toOtlpSpan(trace: Trace, span: Span): object {
  const nanos = (ms: number): string => String(BigInt(Math.round((trace.startedAt + ms) * 1000)) * 1000n);
  return {
    traceId: trace.traceId,
    spanId: span.id,
    ...(span.parentId !== null && { parentSpanId: span.parentId }),
    name: span.name,
    kind: kinds[span.kind],
    startTimeUnixNano: nanos(span.startMs),
    endTimeUnixNano: nanos(span.startMs + (span.durationMs ?? 0)),
    attributes: toKeyValues(span.attributes),
    status: { code: statuses[span.status] },
  };
}

function toKeyValues(attributes: Readonly<Record<string, AttributeValue>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: toAnyValue(value) }));
}

function toAnyValue(value: AttributeValue): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") {
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  return { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
}
