// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to variables are the subject
import assert from "node:assert/strict";
import { test } from "node:test";
import { toApiKeys, toLimits } from "./access-schema.ts";
import { readConfig } from "./read-config.ts";

test("readConfig takes limits and keys with scopes, models and limits of their own", () => {
  const { server } = readConfig(
    `
server:
  limits: { body_bytes: 1000, stall_timeout_seconds: 1.5, tokens_per_day: "\${env.TOKENS}" }
  cors_origins: [https://page.example]
  keys:
    - { name: a, key: "\${env.A}", scopes: [read, write], models: [m], requests_per_minute: 5 }
    - { name: b, key: b }
`,
    { A: "secret", TOKENS: "7" },
  );
  assert.deepEqual(toLimits(server?.limits), { bodyBytes: 1000, stallTimeoutMs: 1500, tokensPerDay: 7 });
  assert.deepEqual(toApiKeys(server?.keys), [
    { name: "a", key: "secret", scopes: ["read", "write"], models: ["m"], requestsPerMinute: 5 },
    { name: "b", key: "b" },
  ]);
  assert.deepEqual([toApiKeys(), toLimits()], [[], {}]);
});

test("readConfig refuses limits and keys that make no sense", () => {
  for (const [text, message] of [
    ["limits: { bodybytes: 1 }", /no setting server\.limits\.bodybytes/],
    ["limits: { connections: 0 }", /server\.limits\.connections/],
    ["keys: [{ name: a, key: b, scopes: [root] }]", /scopes/],
    ["keys: [{ name: a, key: b, models: [] }]", /models/],
    ["keys: [{ name: a, key: b }, { name: a, key: c }]", /Two keys have one name/],
    ["cors_origins: ['*']", /An origin is written like/],
  ] as const)
    assert.throws(() => readConfig(`server:\n  ${text}`, {}), message, text);
});
