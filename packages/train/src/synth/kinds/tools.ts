import type { JsonValue, Message, ToolDefinition } from "@llamero/core";
import { findBreach, objectOf, type SimpleSchema } from "../json-form.ts";
import { type Draft, DroppedError, type ItemContext, pick } from "../kind.ts";
import {
  toolAnswerPrompt,
  toolCallPrompt,
  toolDomains,
  toolRequestPrompt,
  toolResultPrompt,
  toolsPrompt,
} from "../prompts.ts";

const parameterTypes = ["string", "integer", "number", "boolean"] as const;

interface InventedTool {
  name: string;
  description: string;
  parameters: {
    name: string;
    type: (typeof parameterTypes)[number];
    description: string;
    required: boolean;
  }[];
}

const text = (maxLength: number): SimpleSchema => ({ type: "string", minLength: 1, maxLength });

const toolsSchema = (count: number): SimpleSchema =>
  objectOf({
    tools: {
      type: "array",
      minItems: count,
      maxItems: count,
      items: objectOf({
        name: text(60),
        description: text(300),
        parameters: {
          type: "array",
          minItems: 1,
          maxItems: 4,
          items: objectOf({
            name: text(40),
            type: { type: "string", enum: parameterTypes },
            description: text(200),
            required: { type: "boolean" },
          }),
        },
      }),
    },
  });

const requestSchema = objectOf({ request: text(800) });
const resultSchema = objectOf({
  fields: { type: "array", minItems: 1, maxItems: 6, items: objectOf({ name: text(40), value: text(200) }) },
});

/** A dialogue with invented tools: a request, calls with arguments of their schema, results, an answer. */
export async function makeToolDialogue(context: ItemContext): Promise<Draft> {
  const { language, random, task, teacher } = context;
  const [least, most] = task.steps;
  const numCalls = least + Math.floor(random() * (most - least + 1));
  const tools = await inventTools(context, Math.min(4, 1 + numCalls));
  const list = JSON.stringify(
    tools.map(({ name, description, parameters }) => ({ name, description, parameters })),
  );
  const { request } = await teacher.askJson<{ request: string }>(
    toolRequestPrompt(list, numCalls, language),
    requestSchema,
    { maxTokens: 300 },
  );
  const messages: Message[] = [{ role: "user", content: request }];
  const made = new Set<string>();
  for (let step = 0; step < numCalls; step++) {
    const call = await askCall(context, tools, list, transcript(messages));
    const args = JSON.stringify(call.arguments);
    if (made.has(`${call.name} ${args}`))
      throw new DroppedError("rules", "the same call twice", {
        detail: call.name,
        text: transcript(messages),
      });
    made.add(`${call.name} ${args}`);
    const id = `call_${step + 1}`;
    const tool = tools.find(({ name }) => name === call.name)!;
    const { fields } = await teacher.askJson<{ fields: { name: string; value: string }[] }>(
      toolResultPrompt(JSON.stringify(tool), `${call.name}(${args})`),
      resultSchema,
      { maxTokens: 300 },
    );
    const content = JSON.stringify(Object.fromEntries(fields.map(({ name, value }) => [name, value])));
    messages.push(
      { role: "assistant", content: "", toolCalls: [{ id, ...call }] },
      { role: "tool", toolCallId: id, name: call.name, content },
    );
  }
  const content = await teacher.ask(toolAnswerPrompt(transcript(messages), language), { maxTokens: 400 });
  messages.push({ role: "assistant", content });
  return { messages, tools, prompt: request, checksLanguage: true, meta: { calls: numCalls } };
}

async function inventTools({ random, teacher }: ItemContext, count: number): Promise<ToolDefinition[]> {
  const { tools } = await teacher.askJson<{ tools: InventedTool[] }>(
    toolsPrompt(pick(toolDomains, random), count),
    toolsSchema(count),
    { maxTokens: 1500 },
  );
  const refuse = (detail: string): never => {
    throw new DroppedError("form", "unusable tools", { detail, text: JSON.stringify(tools) });
  };
  const names = new Set<string>();
  return tools.map(({ name, description, parameters }) => {
    if (!isName(name)) refuse(`${name} is no name of a function`);
    if (names.has(name)) refuse(`two functions are called ${name}`);
    names.add(name);
    const properties: Record<string, SimpleSchema> = {};
    for (const each of parameters) {
      if (!isName(each.name) || Object.hasOwn(properties, each.name))
        refuse(`parameter ${each.name} of ${name}`);
      properties[each.name] = { type: each.type, description: each.description };
    }
    const required = parameters.filter((each) => each.required).map((each) => each.name);
    const schema = { type: "object", properties, required, additionalProperties: false } as const;
    return { name, description, parameters: schema as unknown as ToolDefinition["parameters"] };
  });
}

const isName = (name: string): boolean => /^[A-Za-z_]\w{0,59}$/.test(name);

/** Which function is called, then its arguments: two requests, each with a schema that a grammar can hold. */
async function askCall(
  { teacher }: ItemContext,
  tools: readonly ToolDefinition[],
  list: string,
  dialogue: string,
): Promise<{ name: string; arguments: Readonly<Record<string, JsonValue>> }> {
  const names = tools.map(({ name }) => name);
  const { name } = await teacher.askJson<{ name: string }>(
    toolCallPrompt(list, dialogue),
    { type: "object", properties: { name: { type: "string", enum: names } }, required: ["name"] },
    { maxTokens: 400 },
  );
  const tool = tools.find((each) => each.name === name)!;
  const schema = tool.parameters as unknown as SimpleSchema;
  const made = await teacher.askJson<{ name: string; arguments: Readonly<Record<string, JsonValue>> }>(
    toolCallPrompt(JSON.stringify(tool), dialogue),
    objectOf({ name: { type: "string", enum: [name] }, arguments: schema }),
    { maxTokens: 400 },
  );
  const breach = findBreach(made.arguments, schema, name);
  if (breach !== null) throw new DroppedError("form", "arguments break the schema", { detail: breach });
  return made;
}

/** A conversation as plain lines. */
export function transcript(messages: readonly Message[]): string {
  return messages
    .map((message) => {
      if (message.role === "tool") return `Result of ${message.name}: ${message.content}`;
      const calls = message.role === "assistant" ? (message.toolCalls ?? []) : [];
      const lines = calls.map(({ name, arguments: args }) => `Call: ${name}(${JSON.stringify(args)})`);
      const who = message.role === "user" ? "User" : message.role === "system" ? "System" : "Assistant";
      return [...(message.content === "" ? [] : [`${who}: ${message.content}`]), ...lines].join("\n");
    })
    .join("\n");
}
