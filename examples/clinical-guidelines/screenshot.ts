// Asks a question of the demo and takes a picture of the page: npx tsx examples/clinical-guidelines/screenshot.ts
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { takeScreenshot } from "../screenshot.ts";
import { GuidelineAssistant } from "./assistant.ts";
import { demoEmbedder, demoModel, demoScript } from "./demo.ts";
import { startServer } from "./server.ts";

const indexFolder = mkdtempSync(join(tmpdir(), "clinical-guidelines-"));
const assistant = await GuidelineAssistant.open({
  model: demoModel(),
  embedder: demoEmbedder,
  folder: fileURLToPath(new URL("guidelines", import.meta.url)),
  indexFolder,
});
await using server = await startServer(assistant, 0);
const page = new URL(`${server.origin}/?q=${encodeURIComponent(demoScript[0]!.question)}`);
const png = fileURLToPath(new URL("screenshot.png", import.meta.url));
await takeScreenshot({ page, png, width: 1080, height: 650 });
rmSync(indexFolder, { recursive: true });
