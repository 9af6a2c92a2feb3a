import type { Message, ToolDefinition } from "@llamero/core";

/** A conversation that shows how a chat format treats something. */
export interface TemplateCase {
  name: string;
  messages: readonly Message[];
  tools?: readonly ToolDefinition[];
  addGenerationPrompt?: boolean;
}

const weather: ToolDefinition = {
  name: "get_weather",
  description: "Weather of a city",
  parameters: {
    type: "object",
    properties: { city: { type: "string", description: "Name of the city" } },
    required: ["city"],
  },
};

const call: Message = {
  role: "assistant",
  content: "",
  toolCalls: [{ id: "call00001", name: "get_weather", arguments: { city: "São Paulo" } }],
};

/** What `template check` renders. */
export const templateCases: readonly TemplateCase[] = [
  { name: "one question", messages: [{ role: "user", content: "Why is the sky blue?" }] },
  {
    name: "system prompt",
    messages: [
      { role: "system", content: "Answer in one sentence." },
      { role: "user", content: "Why is the sky blue?" },
    ],
  },
  {
    name: "several turns",
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello! How can I help?" },
      { role: "user", content: "Count to 3." },
      { role: "assistant", content: "1, 2, 3" },
      { role: "user", content: "Go on." },
    ],
  },
  {
    name: "finished conversation",
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello!" },
    ],
    addGenerationPrompt: false,
  },
  { name: "white space around", messages: [{ role: "user", content: "  two spaces, a newline\n" }] },
  {
    name: "languages and code",
    messages: [{ role: "user", content: "Größe, naïve, हिन्दी, ไทย, 🦙\n```ts\nlet a = 1;\n```" }],
  },
  { name: "tool offered", messages: [{ role: "user", content: "Weather in São Paulo?" }], tools: [weather] },
  {
    name: "tool called and answered",
    messages: [
      { role: "user", content: "Weather in São Paulo?" },
      call,
      { role: "tool", toolCallId: "call00001", name: "get_weather", content: '{"celsius": 24}' },
    ],
    tools: [weather],
  },
];
