import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { modelEmbedder } from "@llamero/stack/rag";
import { openModel } from "../open-model.ts";
import { GuidelineAssistant } from "./assistant.ts";
import { demoEmbedder, demoModel, demoScript } from "./demo.ts";
import { startServer } from "./server.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: "string" },
    demo: { type: "boolean", default: false },
    port: { type: "string", default: "8101" },
    /** Where the index is kept. */
    index: { type: "string", default: ".cache/clinical-guidelines" },
  },
});

/** The model with vectors of its own. */
async function open() {
  const model = await openModel(values.model);
  const count = (text: string): number => model.tokenizer.encode(text).length;
  return { model, embedder: modelEmbedder(model.name, model, count) };
}

const { model, embedder } = values.demo ? { model: demoModel(), embedder: demoEmbedder } : await open();
await using _model = model;
const assistant = await GuidelineAssistant.open({
  model,
  embedder,
  folder: positionals[0] ?? fileURLToPath(new URL("guidelines", import.meta.url)),
  indexFolder: values.index,
});
for (const { path, message } of assistant.version.failures) console.error(`Left out ${path}: ${message}`);
await using server = await startServer(assistant, Number(values.port));
console.log(
  `Open ${server.origin}/ and ask about ${assistant.version.sources.map(({ path }) => path).join(", ")}.`,
);
if (values.demo) console.log(`Try: ${demoScript.map(({ question }) => `\n  ${question}`).join("")}`);
await new Promise<void>((resolve) => process.once("SIGINT", resolve));
