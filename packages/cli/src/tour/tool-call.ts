import type { LoadedModel, ToolCall, ToolDefinition } from "@llamero/core";
import type { Tour, TourStep } from "./step.ts";

const colors: readonly unknown[] = ["amber", "teal", "violet"];

/** A tool that no model has seen. */
const tool: ToolDefinition = {
  name: "set_beacon",
  description: "Sets the light of the harbor beacon",
  parameters: {
    type: "object",
    properties: {
      color: { enum: ["amber", "teal", "violet"] },
      level: { type: "integer", minimum: 1, maximum: 9 },
      code: { type: "string", pattern: "^[A-Z]{2}-[0-9]{3}$" },
    },
    required: ["color", "level", "code"],
    additionalProperties: false,
  },
  isStrict: true,
};
const prompt = "Set the harbor beacon to teal at level 7. The code is HB-204.";
const temperature = 1.5;
/** A held answer ends when the call does, even if it is drawn byte by byte with all the white space there may be. */
const maxTokens = { held: 400, free: 64 };

/** Whether a call holds to the schema; written out, so that no code of the grammar checks itself. */
function isValid({ name, arguments: given }: ToolCall): boolean {
  const { color, level, code } = given;
  return (
    name === tool.name &&
    Object.keys(given).length === 3 &&
    colors.includes(color) &&
    Number.isInteger(level) &&
    (level as number) >= 1 &&
    (level as number) <= 9 &&
    typeof code === "string" &&
    /^[A-Z]{2}-[0-9]{3}$/.test(code)
  );
}

interface Attempt {
  seed: number;
  text: string;
  isValid: boolean;
}

async function ask(model: LoadedModel, seed: number, isHeld: boolean, tour: Tour): Promise<Attempt> {
  const parts = model.chat([{ role: "user", content: prompt }], {
    tools: [isHeld ? tool : { ...tool, isStrict: false }],
    ...(isHeld && { toolChoice: { name: tool.name }, parallelToolCalls: false }),
    sampling: { temperature, topP: 1, seed },
    maxTokens: isHeld ? maxTokens.held : maxTokens.free,
    signal: tour.signal,
  });
  for await (const part of parts) {
    if (part.type !== "finish") continue;
    const { toolCalls, ids } = part;
    const text = model.tokenizer.decode(ids, { skipSpecial: true });
    return { seed, text, isValid: toolCalls.length === 1 && isValid(toolCalls[0]!) };
  }
  throw new Error("The generation ended without its last part");
}

/** The request of the HTTP interface that asks for the same. */
function request(modelName: string): object {
  const { name, description, parameters } = tool;
  return {
    model: modelName,
    messages: [{ role: "user", content: prompt }],
    tools: [{ type: "function", function: { name, description, parameters, strict: true } }],
    tool_choice: { type: "function", function: { name } },
    parallel_tool_calls: false,
    temperature,
    top_p: 1,
    seed: 1,
    max_tokens: maxTokens.held,
  };
}

const url = "http://127.0.0.1:8321/v1/chat/completions";

export const step: TourStep = {
  commands: ({ model, shown }) => [
    ["llamero", "serve", model.name],
    ["curl", "-H", "Content-Type: application/json", "-d", `@${shown("call.json")}`, url],
  ],
  async run(tour) {
    const { screen, isFast } = tour;
    await using model = await tour.open({ maxBatch: 1 });
    tour.give("call.json", `${JSON.stringify(request(model.name), null, 2)}\n`);
    const numSeeds = isFast ? 2 : 5;
    const held: Attempt[] = [];
    const free: Attempt[] = [];
    for (let seed = 1; seed <= numSeeds; seed++) {
      screen.live(`Asking for a call at temperature ${temperature}: ${seed} of ${numSeeds}`);
      held.push(await ask(model, seed, true, tour));
      free.push(await ask(model, seed, false, tour));
    }
    const { dim, green, yellow } = screen.colors;
    screen.text(`Asked at temperature ${temperature}: ${prompt}`, dim);
    screen.line();
    screen.answer("free", free[0]!.text.slice(0, 190), yellow);
    screen.answer("grammar", held[0]!.text, green);
    const count = (attempts: readonly Attempt[]): number => attempts.filter((each) => each.isValid).length;
    screen.line();
    screen.text(
      `Calls that hold to the schema of the invented tool: ${count(free)} of ${numSeeds} free, ${count(held)} of ${numSeeds} with the grammar.`,
    );
    const wrong = held.find((each) => !each.isValid);
    if (wrong !== undefined) {
      throw new Error(`The call of seed ${wrong.seed} is not of the schema: ${JSON.stringify(wrong.text)}`);
    }
    return { temperature, tool, held, free };
  },
};
