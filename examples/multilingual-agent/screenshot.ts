// Plays the demo and takes a picture of it: npx tsx examples/multilingual-agent/screenshot.ts
import { fileURLToPath } from "node:url";
import { takeScreenshot, terminalPage } from "../screenshot.ts";
import { MultilingualAgent } from "./agent.ts";
import { demoCalendar, demoDay, demoModel, demoScript } from "./demo.ts";
import { prompt, showStep } from "./show-step.ts";

const model = demoModel();
const agent = new MultilingualAgent({
  model,
  calendar: demoCalendar(),
  today: demoDay,
  approve: () => false,
});
let shown = "";
for (const { question } of demoScript) {
  shown += `${prompt}${question}\n`;
  for await (const step of agent.run(question, AbortSignal.timeout(60_000))) shown += showStep(step);
}
const png = fileURLToPath(new URL("screenshot.png", import.meta.url));
await takeScreenshot({
  page: terminalPage("multilingual agent", shown.trimStart()),
  png,
  width: 940,
  height: 520,
});
