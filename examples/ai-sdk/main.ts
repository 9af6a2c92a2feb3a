/**
 * Runs all examples with the model that ships, in this process, or with a model of a running server:
 * `npx tsx examples/ai-sdk/main.ts` or `npx tsx examples/ai-sdk/main.ts http://127.0.0.1:8321 cria`.
 */
import { fileURLToPath } from "node:url";
import { loadModel } from "@llamero/core";
import { createLlamero, llamero, llameroEmbedding } from "@llamero/stack/ai-sdk";
import type { EmbeddingModel, LanguageModel } from "ai";
import { embedManyExample } from "./embed-many.ts";
import { generateObjectExample } from "./generate-object.ts";
import { generateTextExample } from "./generate-text.ts";
import { streamTextExample } from "./stream-text.ts";
import { toolLoopExample } from "./tool-loop.ts";

async function runAll(model: LanguageModel, embedder: EmbeddingModel): Promise<void> {
  console.log("generateText:", await generateTextExample(model));
  console.log("streamText:", await streamTextExample(model));
  console.log("generateObject:", await generateObjectExample(model));
  console.log("tool loop:", await toolLoopExample(model));
  console.log("embedMany:", await embedManyExample(embedder));
}

const [url, name = "cria"] = process.argv.slice(2);
if (url === undefined) {
  const path = fileURLToPath(new URL("../../packages/cli/model/cria.gguf", import.meta.url));
  await using model = await loadModel(path);
  await runAll(llamero(model), llameroEmbedding(model));
} else {
  const server = createLlamero({ url });
  await runAll(server(name), server.embeddingModel(name));
}
