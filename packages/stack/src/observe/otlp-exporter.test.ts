import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { serveFake } from "../fake-server.ts";
import { OtlpExporter, readOtlpSettings } from "./otlp-exporter.ts";
import { Trace } from "./trace.ts";

interface SentSpan {
  name: string;
  traceId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  kind: number;
  attributes: { key: string; value: Record<string, unknown> }[];
}

test("an OpenTelemetry collector gets the spans of a request, under the names of its conventions", async (t) => {
  const bodies: { path: string; header: unknown; body: string }[] = [];
  const collector = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    bodies.push({
      path: incoming.url!,
      header: incoming.headers["x-tenant"],
      body: Buffer.concat(chunks).toString(),
    });
    outgoing.end("{}");
  });
  await new Promise<void>((done) => collector.listen(0, "127.0.0.1", done));
  t.after(() => void collector.close());
  const { port } = collector.address() as AddressInfo;
  const settings = readOtlpSettings({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/`,
    OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=a%20b",
  });
  const { server, post } = await serveFake(t, {}, { otlp: settings });
  await (await post({ model: "fake", messages: [{ role: "user", content: "private" }] })).text();
  await server.close();
  const [{ path, header, body } = assert.fail("nothing came")] = bodies;
  assert.deepEqual([path, header], ["/v1/traces", "a b"]);
  assert.doesNotMatch(body, /private/);
  const { resourceSpans } = JSON.parse(body) as {
    resourceSpans: { resource: { attributes: unknown[] }; scopeSpans: { spans: SentSpan[] }[] }[];
  };
  assert.deepEqual(resourceSpans[0]!.resource.attributes[0], {
    key: "service.name",
    value: { stringValue: "llamero" },
  });
  const { spans } = resourceSpans[0]!.scopeSpans[0]!;
  assert.deepEqual(
    spans.map(({ name, kind }) => [name, kind]),
    [
      ["POST /v1/chat/completions", 2],
      ["chat fake", 1],
      ["queue", 1],
      ["prefill", 1],
      ["decode", 1],
    ],
  );
  const values = Object.fromEntries(spans[1]!.attributes.map(({ key, value }) => [key, value]));
  assert.deepEqual(values["gen_ai.request.model"], { stringValue: "fake" });
  assert.deepEqual(values["gen_ai.usage.output_tokens"], { intValue: "2" });
  assert.deepEqual(values["gen_ai.response.finish_reasons"], {
    arrayValue: { values: [{ stringValue: "stop" }] },
  });
  assert.match(spans[0]!.startTimeUnixNano, /^\d{19}$/);
  assert.ok(BigInt(spans[0]!.endTimeUnixNano) >= BigInt(spans[0]!.startTimeUnixNano));
});

test("OtlpExporter drops and counts what cannot be sent or does not fit", async () => {
  const settings = { url: "http://127.0.0.1:9/v1/traces", headers: {}, serviceName: "test" };
  const exporter = new OtlpExporter({ ...settings, waitingSpans: 2 });
  for (let i = 0; i < 3; i++) exporter.add(new Trace("step", "internal"));
  assert.equal(exporter.numDropped, 1);
  await exporter.flush();
  assert.deepEqual([exporter.numSent, exporter.numDropped], [0, 3]);
  assert.notEqual(exporter.lastError, null);
});

test("readOtlpSettings knows OpenTelemetry's variables", () => {
  assert.equal(readOtlpSettings({}), null);
  assert.equal(
    readOtlpSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a", OTEL_SDK_DISABLED: "true" }),
    null,
  );
  assert.equal(
    readOtlpSettings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://a/spans" })?.url,
    "http://a/spans",
  );
  assert.equal(readOtlpSettings({}, "https://b:4318")?.url, "https://b:4318/v1/traces");
  assert.throws(() => readOtlpSettings({}, "collector:4318"), /is no http or https URL/);
});
