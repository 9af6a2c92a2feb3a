// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to variables are the subject
import assert from "node:assert/strict";
import { test } from "node:test";
import { openProviders } from "./open-providers.ts";
import { readConfig } from "./read-config.ts";
import { showConfig } from "./show-config.ts";

const full = `
server:
  host: \${env.HOST:=127.0.0.1}
  port: \${env.PORT:=8321}
  keys:
    - { name: alice, key: "\${env.ALICE}" }
store: postgres://me:pw@db/llamero
providers:
  - id: local-vllm
    type: remote::openai
    preset: vllm
    url: http://localhost:8000/v1
    headers: { X-Team: red-team-key }
  - id: \${env.GROQ_API_KEY:+groq}
    type: remote::openai
    preset: groq
    api_key: \${env.GROQ_API_KEY:=}
    models: [llama-3.1-8b-instant]
models:
  - model: Llama-3.2-1B
  - name: llama
    providers:
      - { provider: groq, model: llama-3.1-8b-instant }
      - { provider: local-vllm, model: meta-llama/Llama-3.1-8B-Instruct }
retries: { max_tries: 4 }
shields: []
`;

test("readConfig resolves variables, also where a number is wanted", () => {
  const config = readConfig(full, { ALICE: "12345", GROQ_API_KEY: "gsk-1" });
  assert.deepEqual(config.server, { host: "127.0.0.1", port: 8321, keys: [{ name: "alice", key: "12345" }] });
  const remote = openProviders(config);
  assert.deepEqual(remote.names, ["llama", "groq/llama-3.1-8b-instant"]);
  assert.deepEqual(
    remote.find("llama")!.targets.map(({ provider }) => provider.id),
    ["groq", "local-vllm"],
  );
  assert.deepEqual(readConfig("", {}), {});
});

test("openProviders leaves out what is switched off", () => {
  const remote = openProviders(readConfig(full, { ALICE: "x" }));
  assert.deepEqual(
    remote.providers.map(({ id }) => id),
    ["local-vllm"],
  );
  assert.deepEqual(
    remote.find("llama")!.targets.map(({ provider }) => provider.id),
    ["local-vllm"],
  );
});

test("showConfig hides secrets", () => {
  const shown = showConfig(readConfig(full, { ALICE: "alice-secret", GROQ_API_KEY: "gsk-1" }));
  for (const secret of ["alice-secret", "gsk-1", "red-team-key", "pw"])
    assert.ok(!shown.includes(secret), secret);
  assert.match(shown, /api_key: "\*+"/);
  assert.match(shown, /postgres:\/\/\*+@db\/llamero/);
});

test("readConfig refuses what it does not know, with its line and a hint", () => {
  const cases: [text: string, message: RegExp, hint?: RegExp][] = [
    [
      "server:\n  prot: 1",
      /line 2: There is no setting server\.prot/,
      /Is port meant\? There is host, port, cors_origins, keys, limits, tls_cert/,
    ],
    ["servers: {}", /line 1: There is no setting servers/, /Is server meant/],
    ["server:\n  port: many", /line 2: server\.port: /],
    ["server:\n  port: 70000", /line 2: server\.port: /],
    ["store: ${env.NO}", /line 1: The variable NO is not set/],
    ["a: 1\nb: [", /line \d: /],
    ["a: 1\na: 2", /line 2: /],
    [
      "shields:\n  - { id: a, type: b }",
      /line 2: shields\[0\]\.type: The types of shields are llama-guard, pii/,
    ],
    ["shields:\n  - { id: a, type: llama-guard }", /line 2: shields\[0\]\.model/],
    ["shields:\n  - { id: a, type: pii, kinds: [shoe] }", /line 2: shields\[0\]\.kinds\[0\]/],
    [
      "shields:\n  - { id: a, type: pii }\n  - { id: a, type: code }",
      /line 1: shields: Two shields have one id/,
    ],
    ["policy:\n  borders:\n    user_inputs: []", /line 3: There is no setting policy\.borders\.user_inputs/],
    [
      "policy:\n  borders:\n    user_input:\n      - shields: [pii, guard]\n        on_hit: refuse",
      /line 4: policy\.borders\.user_input\[0\]\.shields\[1\]: There is no shield guard; there is pii, code/,
    ],
    [
      "policy:\n  borders:\n    user_input:\n      - shields: [code]\n        on_hit: redact",
      /line 5: policy\.borders\.user_input\[0\]\.on_hit: code cannot redact/,
    ],
    [
      "policy:\n  borders:\n    tool_result:\n      - shields: [pii]\n        on_hit: ask",
      /line 5: .*A person can be asked about calls only/,
    ],
    ["policy: { hold_tokens: 0 }", /line 1: policy\.hold_tokens/],
    [
      "providers:\n  - id: a\n    type: remote::x",
      /line 3: There is no type of providers called remote::x/,
      /remote::openai/,
    ],
    [
      "providers:\n  - id: a\n    type: remote::openai\n    preset: vlm",
      /line 4: providers\[0\]\.preset: The presets are .*vllm/,
    ],
    [
      "providers:\n  - id: a\n    type: remote::openai\n    api-key: x",
      /line 4: There is no setting providers\[0\]\.api-key/,
      /Is api_key meant/,
    ],
    ["providers:\n  - type: remote::openai", /line 2: providers\[0\]\.id: /],
    ["models:\n  - nam: x", /line 2: /],
    ["[]", /line 1: The file: /],
  ];
  for (const [text, message, hint] of cases) {
    assert.throws(
      () => readConfig(text, {}, "llamero.yaml"),
      (error: Error & { hint?: string | null }) => {
        assert.match(error.message, message);
        assert.match(error.message, /^llamero\.yaml, /);
        if (hint !== undefined) assert.match(error.hint ?? "", hint);
        return error.name === "ConfigError";
      },
      text,
    );
  }
});

test("openProviders refuses what does not fit together", () => {
  const open = (text: string): unknown => openProviders(readConfig(text, {}));
  const provider = "{ id: a, type: remote::openai, preset: vllm }";
  assert.throws(() => open(`providers: [${provider}, ${provider}]`), /Two providers are called a/);
  assert.throws(
    () => open(`providers: [${provider}]\nmodels: [{ name: m, providers: [{ provider: b, model: x }] }]`),
    /Model m names provider b, which is not there/,
  );
  assert.throws(() => open("providers: [{ id: a, type: remote::openai, preset: azure }]"), /needs a url/);
});
