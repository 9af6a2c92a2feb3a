import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createLlamero, llamero, llameroEmbedding } from "@llamero/stack/ai-sdk";
import type { EmbeddingModel, LanguageModel } from "ai";
import { serveFake } from "../../packages/stack/src/fake-server.ts";
import { FakeTextModel, type FakeTextModelOptions } from "../../packages/stack/src/fake-text-model.ts";
import { embedManyExample } from "./embed-many.ts";
import { generateObjectExample } from "./generate-object.ts";
import { generateTextExample } from "./generate-text.ts";
import { streamTextExample } from "./stream-text.ts";
import { toolLoopExample } from "./tool-loop.ts";

/** Answers as a better model would. */
const scripted: FakeTextModelOptions = {
  reply: (messages) => {
    const last = messages.at(-1)!;
    if (last.role === "tool") return `The tool says ${last.content}`;
    if (last.content.includes("Describe")) return '{"name": "llama", "legs": 4}';
    if (last.content.includes("2 + 3")) return [{ id: "call_1", name: "add", arguments: { a: 2, b: 3 } }];
    return `Echo: ${last.content}`;
  },
};

async function runAll(model: LanguageModel, embedder: EmbeddingModel): Promise<void> {
  assert.equal(await generateTextExample(model), "Echo: What is a llama? [stop, 10 + 5 tokens]");
  assert.equal(await streamTextExample(model), "Echo: Count to five.");
  assert.deepEqual(await generateObjectExample(model), { name: "llama", legs: 4 });
  assert.equal(await toolLoopExample(model), '{"sum":5} -> The tool says {"sum":5}');
  const [near, far] = await embedManyExample(embedder);
  assert.ok(near! > 0.9 && far! > 0.9);
}

test("the examples of the AI SDK run with a model of this process", async () => {
  const model = new FakeTextModel(scripted);
  await runAll(llamero(model), llameroEmbedding(model));
});

test("the examples of the AI SDK run with a model of a server", async (t: TestContext) => {
  const { server, errors } = await serveFake(t, scripted);
  const llameroServer = createLlamero({ url: server.url });
  await runAll(llameroServer("fake"), llameroServer.embeddingModel("fake"));
  assert.deepEqual(errors, []);
});
