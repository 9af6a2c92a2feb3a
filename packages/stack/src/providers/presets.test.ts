import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeUpstream } from "./fake-upstream.ts";
import { type PresetName, presets } from "./presets.ts";
import { RemoteModel } from "./remote-model.ts";
import { RemoteProvider } from "./remote-provider.ts";

interface Recorded {
  /** In place of the origin of the preset's address. */
  url: string;
  line: string;
  model: string;
  header: [name: string, value: string];
}

/** Request of each preset for model `m`. */
const recorded: Readonly<Record<PresetName, Recorded>> = {
  "openai-compatible": {
    url: "/v1",
    line: "/v1/chat/completions",
    model: "m",
    header: ["authorization", "Bearer k-123456"],
  },
  vllm: {
    url: "/v1",
    line: "/v1/chat/completions",
    model: "m",
    header: ["authorization", "Bearer k-123456"],
  },
  "tensorrt-llm": {
    url: "/v1",
    line: "/v1/chat/completions",
    model: "m",
    header: ["authorization", "Bearer k-123456"],
  },
  ollama: {
    url: "/v1",
    line: "/v1/chat/completions",
    model: "m",
    header: ["authorization", "Bearer k-123456"],
  },
  "llama-server": {
    url: "/v1",
    line: "/v1/chat/completions",
    model: "m",
    header: ["authorization", "Bearer k-123456"],
  },
  groq: {
    url: "/openai/v1",
    line: "/openai/v1/chat/completions",
    model: "m",
    header: ["authorization", "Bearer k-123456"],
  },
  together: {
    url: "/v1",
    line: "/v1/chat/completions",
    model: "m",
    header: ["authorization", "Bearer k-123456"],
  },
  fireworks: {
    url: "/inference/v1",
    line: "/inference/v1/chat/completions",
    model: "accounts/fireworks/models/m",
    header: ["authorization", "Bearer k-123456"],
  },
  nvidia: {
    url: "/v1",
    line: "/v1/chat/completions",
    model: "m",
    header: ["authorization", "Bearer k-123456"],
  },
  databricks: {
    url: "/serving-endpoints",
    line: "/serving-endpoints/chat/completions",
    model: "m",
    header: ["authorization", "Bearer k-123456"],
  },
  azure: {
    url: "/openai/deployments/{model}",
    line: "/openai/deployments/m/chat/completions?api-version=2024-10-21",
    model: "m",
    header: ["api-key", "k-123456"],
  },
  bedrock: {
    url: "/openai/v1",
    line: "/openai/v1/chat/completions",
    model: "m",
    header: ["authorization", "Bearer k-123456"],
  },
  vertex: {
    url: "/v1/projects/p/locations/l/endpoints/openapi",
    line: "/v1/projects/p/locations/l/endpoints/openapi/chat/completions",
    model: "meta/m",
    header: ["authorization", "Bearer k-123456"],
  },
  openrouter: {
    url: "/api/v1",
    line: "/api/v1/chat/completions",
    model: "m",
    header: ["authorization", "Bearer k-123456"],
  },
  openai: {
    url: "/v1",
    line: "/v1/chat/completions",
    model: "m",
    header: ["authorization", "Bearer k-123456"],
  },
};

const messages = [{ role: "user", content: "hi" }];

for (const [preset, { url, line, model, header }] of Object.entries(recorded) as [PresetName, Recorded][]) {
  test(`preset ${preset} sends its request line, headers and body`, async (t) => {
    const fake = await fakeUpstream(t);
    const provider = new RemoteProvider({ id: "p", preset, url: fake.url + url, apiKey: "k-123456" });
    const remote = new RemoteModel("p/m", [{ provider, model: "m" }]);
    const body = { model: "p/m", messages, max_tokens: 3, store: false };
    const reply = await remote.forward({ operation: "chat/completions", body }, new AbortController().signal);
    const [seen] = fake.seen;
    assert.equal(seen!.line, `POST ${line}`);
    assert.equal(seen!.headers[header[0]], header[1]);
    assert.equal(seen!.headers[header[0] === "api-key" ? "authorization" : "api-key"], undefined);
    assert.equal(seen!.headers["content-type"], "application/json");
    assert.deepEqual(seen!.body, { messages, max_tokens: 3, model });
    assert.equal(reply.type === "whole" && JSON.parse(reply.json).model, "p/m");
    for (const field of presets[preset].unsupported) {
      await assert.rejects(
        remote.forward(
          { operation: "chat/completions", body: { ...body, [field]: 2 } },
          new AbortController().signal,
        ),
        new RegExp(`Provider p does not take ${field}`),
      );
    }
    // The address that users get by default is the recorded one on another host.
    const own = (presets[preset].url ?? presets[preset].urlForm)!;
    if (preset !== "vertex" && preset !== "openai-compatible") assert.ok(own.endsWith(url), own);
    assert.equal(presets[preset].url === null, presets[preset].urlForm !== undefined);
  });
}

test("RemoteProvider wants a url where the preset has none, and no password in it", () => {
  assert.throws(
    () => new RemoteProvider({ id: "az", preset: "azure" }),
    /Provider az needs a url, such as https:/,
  );
  assert.throws(
    () => new RemoteProvider({ id: "v", preset: "vllm", url: "ftp://x/v1" }),
    /no http or https address/,
  );
  assert.throws(
    () => new RemoteProvider({ id: "v", preset: "vllm", url: "http://me:pw@x/v1" }),
    /holds a user name or password/,
  );
});
