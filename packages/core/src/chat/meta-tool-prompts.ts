import type { JsonValue, ToolDefinition } from "./message.ts";
import type { LedgerEntry } from "./prompt-builder.ts";
import { protocolText } from "./protocol-text.ts";
import { formatDate, pythonJson, pythonJsonString } from "./python-text.ts";
import { codeInterpreter } from "./tools/builtin.ts";
import type { ToolCallFormat } from "./tools/encode.ts";

/** What to offer the model, and the system text to say it with. */
export interface MetaToolPrompt {
  tools?: readonly ToolDefinition[] | undefined;
  builtinTools?: readonly string[] | undefined;
  toolCallFormat?: ToolCallFormat | undefined;
  /** The system message of the conversation; "" for none. */
  instruction: string;
  now?: Date | undefined;
}

/** A message in front of the conversation, in parts counted apart. */
export interface PromptMessage {
  role: "system" | "user";
  parts: readonly { text: string; entry: LedgerEntry }[];
}

/** Messages that offer tools the way Meta's generators (llama-stack) do: before the conversation's own. */
export function metaToolMessages(options: MetaToolPrompt): PromptMessage[] {
  const tools = options.tools ?? [];
  const format = options.toolCallFormat ?? "json";
  if (format === "pythonic" && tools.length > 0 && (options.builtinTools?.length ?? 0) === 0)
    return [{ role: "system", parts: pythonicParts(tools, options.instruction) }];
  const messages: PromptMessage[] = [{ role: "system", parts: systemParts(options) }];
  if (tools.length > 0)
    messages.push({ role: "user", parts: [{ text: toolTexts[format](tools), entry: "tools" }] });
  return messages;
}

/** Text of the system message that offers functions to call as `[f(a=1)]`. */
export function pythonicSystemPrompt(tools: readonly ToolDefinition[], instruction = ""): string {
  return pythonicParts(tools, instruction)
    .map((part) => part.text)
    .join("");
}

function systemParts(options: MetaToolPrompt): PromptMessage["parts"] {
  const offered = options.builtinTools ?? [];
  const queried = offered.filter((name) => name !== codeInterpreter);
  const hasTools = offered.length > 0 || (options.tools?.length ?? 0) > 0;
  const date = formatDate(options.now ?? new Date(), protocolText.meta.dateFormat);
  const head = [
    hasTools ? protocolText.environment : "",
    queried.length > 0 ? protocolText.builtinTools(queried) : hasTools ? "\n" : "",
    protocolText.cutoff,
    protocolText.today(date),
  ].join("");
  if (options.instruction === "") return [{ text: head, entry: "template" }];
  return [
    { text: `${head}\n`, entry: "template" },
    { text: `${options.instruction}\n`, entry: "system" },
  ];
}

function pythonicParts(tools: readonly ToolDefinition[], instruction: string): PromptMessage["parts"] {
  const list: PromptMessage["parts"] = [{ text: toolTexts.pythonic(tools), entry: "tools" }];
  if (instruction === "")
    return [{ text: protocolText.meta.pythonicInstruction, entry: "template" }, ...list];
  return [{ text: `${instruction}\n`, entry: "system" }, ...list];
}

const toolTexts: Readonly<Record<ToolCallFormat, (tools: readonly ToolDefinition[]) => string>> = {
  json: (tools) => protocolText.meta.jsonHead + tools.map(jsonTool).join("") + protocolText.meta.jsonTail,
  "function-tag": (tools) =>
    protocolText.meta.tagHead + tools.map(tagTool).join("") + protocolText.meta.tagTail,
  pythonic: (tools) =>
    `${protocolText.meta.pythonicHead}[\n${tools.map(pythonicTool).join(",\n")}\n]${protocolText.meta.pythonicTail}`,
};

interface Parameter {
  name: string;
  type: string;
  description: string;
  isRequired: boolean;
  fallback: JsonValue | undefined;
}

function parametersOf(tool: ToolDefinition): Parameter[] {
  const properties = (tool.parameters["properties"] ?? {}) as Record<string, Record<string, JsonValue>>;
  const required = tool.parameters["required"];
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    type: typeof schema["type"] === "string" ? schema["type"] : pythonJson(schema["type"] ?? "object"),
    description: typeof schema["description"] === "string" ? schema["description"] : "",
    isRequired: Array.isArray(required) && required.includes(name),
    fallback: schema["default"],
  }));
}

const quote = (text: string): string => pythonJsonString(text, false);

function requiredNames(parameters: readonly Parameter[]): string {
  return pythonJson(parameters.filter((each) => each.isRequired).map((each) => each.name));
}

// The generator writes every type as "object" here; the model saw it so in training.
function jsonTool(tool: ToolDefinition): string {
  const parameters = parametersOf(tool);
  const properties = parameters.map(
    (each) =>
      `                {\n                    ${quote(each.name)}: {\n` +
      `                        "type": "object",\n` +
      `                        "description": ${quote(each.description)}\n                    }\n                }`,
  );
  return (
    `{\n    "type": "function",\n    "function": {\n        "name": ${quote(tool.name)},\n` +
    `        "description": ${quote(tool.description)},\n        "parameters": {\n` +
    `            "type": "object",\n            "properties": [\n${properties.join(",\n")}\n            ],\n` +
    `            "required": ${requiredNames(parameters)}\n        }\n    }\n}\n`
  );
}

function tagTool(tool: ToolDefinition): string {
  const parameters = Object.fromEntries(
    parametersOf(tool).map((each) => [
      each.name,
      { description: each.description, param_type: each.type, required: each.isRequired },
    ]),
  );
  const inner = pythonJson(parameters, { sortKeys: true });
  const json = `{"name": ${quote(tool.name)}, "description": ${quote(tool.description)}, "parameters": ${inner}}`;
  // Jinja's own tojson, which the generator uses, is safe for HTML.
  const escaped = json.replace(/[<>&']/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `${protocolText.meta.tagTool(tool.name, tool.description)}${escaped}\n\n`;
}

function pythonicTool(tool: ToolDefinition): string {
  const parameters = parametersOf(tool);
  const properties = parameters.map((each) => {
    const lines = [`"type": ${quote(each.type)}`, `"description": ${quote(each.description)}`];
    if (each.fallback !== undefined) lines.push(`"default": ${pythonJson(each.fallback)}`);
    const indented = lines.map((line) => `                    ${line}`).join(",\n");
    return `                ${quote(each.name)}: {\n${indented}\n                }`;
  });
  return (
    `    {\n        "name": ${quote(tool.name)},\n        "description": ${quote(tool.description)},\n` +
    `        "parameters": {\n            "type": "dict",\n            "required": ${requiredNames(parameters)},\n` +
    `            "properties": {\n${properties.join(",\n")}\n            }\n        }\n    }`
  );
}
