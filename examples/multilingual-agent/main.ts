import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { openModel } from "../open-model.ts";
import { safe } from "../paint.ts";
import { MultilingualAgent } from "./agent.ts";
import { demoCalendar, demoDay, demoModel, demoScript } from "./demo.ts";
import { prompt, showStep } from "./show-step.ts";

const { values } = parseArgs({
  options: { model: { type: "string" }, demo: { type: "boolean", default: false } },
});

await using model = values.demo ? demoModel() : await openModel(values.model);
const input = createInterface({ input: process.stdin });
const lines = input[Symbol.asyncIterator]();

/** A line of the user; null at the end of input. */
async function read(question: string): Promise<string | null> {
  process.stdout.write(question);
  const { value, done } = await lines.next();
  return done === true ? null : value;
}

const agent = new MultilingualAgent({
  model,
  calendar: demoCalendar(),
  today: values.demo ? demoDay : new Date().toISOString().slice(0, 10),
  approve: async ({ name, arguments: json }) =>
    (await read(`  ? ${name} ${safe(json)} [y/N] `))?.trim().toLowerCase() === "y",
});

console.log(`Multilingual agent, ${values.demo ? "a script" : (values.model ?? "Cria")}. Write in English, German, French, Italian, Portuguese, Hindi,
Spanish or Thai; Ctrl-D ends.`);
if (values.demo) console.log(`Try: ${demoScript.map(({ question }) => `\n  ${question}`).join("")}`);
for (let text = await read(prompt); text !== null; text = await read(prompt)) {
  if (text.trim() === "") continue;
  try {
    for await (const step of agent.run(text.trim(), AbortSignal.timeout(600_000)))
      process.stdout.write(showStep(step));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
}
