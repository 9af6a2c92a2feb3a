import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { JsonValue } from "../chat/message.ts";
import type { EngineClient } from "../engine/engine-client.ts";
import type { GenerateRequest, Speculation } from "../engine/request.ts";
import { completeSampling } from "../sample/params.ts";
import { processWorkers } from "../worker/node-process.ts";
import { RemoteEngine } from "../worker/remote-engine.ts";
import { fakeGrammarEngine } from "./fake-grammar-engine.ts";
import { createFakeTokens, fakeStop } from "./fake-tokens.ts";

const tokens = createFakeTokens();
const ngram: Speculation = { kind: "ngram", maxDraft: 8 };

const schemas: readonly JsonValue[] = [
  {
    type: "array",
    items: { type: "object", properties: { name: { enum: ["abc", "ab"] } }, required: ["name"] },
    minItems: 6,
    maxItems: 8,
  },
  { type: "array", items: { enum: [true, null, 12] }, minItems: 20, maxItems: 30 },
  {
    oneOf: [
      { type: "string", maxLength: 5 },
      { type: "integer", minimum: 100 },
    ],
  },
];

function requestOf(schema: JsonValue, seed: number, speculation?: Speculation): GenerateRequest {
  return {
    promptIds: Array.from({ length: 40 }, (_, i) => 65 + (i % 10)),
    maxTokens: 200,
    sampling: completeSampling({ temperature: 1.5, topP: 1, seed }),
    stopIds: [fakeStop],
    topLogprobs: 1,
    grammar: { type: "json-schema", schema, whitespace: "compact" },
    ...(speculation && { speculation }),
  };
}

type Client = Pick<EngineClient, "generate">;

async function run(
  engine: Client,
  request: GenerateRequest,
): Promise<{ ids: number[]; reason: string; drafted: number; accepted: number }> {
  const ids: number[] = [];
  for await (const event of engine.generate(request)) {
    if (event.type === "token") ids.push(event.token);
    if (event.type !== "finish") continue;
    const { draftedTokens = 0, acceptedTokens = 0 } = event.usage.speculation ?? {};
    return { ids, reason: event.reason, drafted: draftedTokens, accepted: acceptedTokens };
  }
  throw new Error("No finish event");
}

function assertValid(schema: JsonValue, { ids, reason }: { ids: readonly number[]; reason: string }): void {
  if (reason === "length") return;
  const text = Buffer.concat(ids.map((id) => tokens.tokenBytes(id))).toString("utf8");
  assert.ok(new Ajv2020().validate(schema as object, JSON.parse(text)), `${text} is not valid`);
}

test("Engine with a grammar and guesses from the text draws the same tokens, and valid ones", async () => {
  await using engine = fakeGrammarEngine();
  let numDrafted = 0;
  let numAccepted = 0;
  for (let seed = 1; seed <= 3; seed++)
    for (const schema of schemas) {
      const plain = await run(engine, requestOf(schema, seed));
      const guessed = await run(engine, requestOf(schema, seed, ngram));
      assert.deepEqual([guessed.ids, guessed.reason], [plain.ids, plain.reason]);
      assertValid(schema, guessed);
      numDrafted += guessed.drafted;
      numAccepted += guessed.accepted;
    }
  assert.ok(numDrafted > 0, "nothing was guessed");
  assert.ok(numAccepted > 0, `none of ${numDrafted} guesses was drawn`);
});

test("RemoteEngine holds answers to a grammar in its process as an engine here does", async () => {
  const start = processWorkers(new URL("./fake-grammar-worker.ts", import.meta.url));
  await using remote = new RemoteEngine({
    name: "noise",
    start,
    load: { path: "noise" },
    contextLimit: 256,
    mode: "deterministic",
  });
  await using local = fakeGrammarEngine();
  for (const schema of schemas) {
    const wanted = await run(local, requestOf(schema, 7));
    const got = await Promise.all([undefined, ngram].map((each) => run(remote, requestOf(schema, 7, each))));
    for (const each of got) {
      assert.deepEqual([each.ids, each.reason], [wanted.ids, wanted.reason]);
      assertValid(schema, each);
    }
  }
  const refused = requestOf({ type: "array", uniqueItems: true }, 1);
  await assert.rejects(run(remote, refused), /uniqueItems/);
  assert.equal((await run(remote, requestOf(schemas[1]!, 7))).reason, "stop");
});
