import {
  type ChatMessage,
  type Conversation,
  fill,
  type Json,
  mixKinds,
  sentenceCase,
  type ToolSpec,
} from "../conversation.ts";
import type { World } from "../world.ts";
import { makeChat } from "./chat.ts";
import { makeInstruction } from "./instructions.ts";
import { inventTool } from "./invent-tool.ts";
import { offerEveryday, offerKnown } from "./offer-known.ts";
import { offerPlain } from "./plain-tools.ts";

/** One use of a tool: what the user says, the arguments, what comes back and how it is told. */
export interface ToolUse {
  ask: string;
  arguments: Readonly<Record<string, Json>>;
  result: string;
  tell: string;
}

/** A tool on offer that makes uses of itself. */
export interface OfferedTool {
  spec: ToolSpec;
  use: (world: World) => ToolUse;
}

/** Tools are shown with indents of four; so many characters leave room for the conversation. */
const maxToolCharacters = 1700;

function someTool(world: World): OfferedTool {
  const roll = world.random.next();
  if (roll < 0.1) return offerKnown(world);
  if (roll < 0.6) return offerPlain(world);
  return roll < 0.85 ? offerEveryday(world) : inventTool(world);
}

function offer(world: World): OfferedTool[] {
  const { random } = world;
  const count = random.pick([1, 1, 1, 2, 2, 2, 3, 3, 4]);
  const tools: OfferedTool[] = [];
  let characters = 0;
  for (let i = 0; i < count; i++) {
    const tool = someTool(world);
    const { name } = tool.spec.function;
    characters += JSON.stringify(tool.spec, null, 4).length;
    if (
      tools.length > 0 &&
      (characters > maxToolCharacters || tools.some(({ spec }) => spec.function.name === name))
    )
      break;
    tools.push(tool);
  }
  return tools;
}

const callId = ({ random }: World): string => `call_${random.int(1000, 9999)}`;

function callAndTell(world: World, tool: OfferedTool, options: { isTold: boolean }): ChatMessage[] {
  const use = tool.use(world);
  const id = callId(world);
  const { name } = tool.spec.function;
  const messages: ChatMessage[] = [
    { role: "user", content: use.ask },
    {
      role: "assistant",
      content: "",
      tool_calls: [{ id, type: "function", function: { name, arguments: JSON.stringify(use.arguments) } }],
    },
  ];
  if (!options.isTold) return messages;
  messages.push(
    { role: "tool", tool_call_id: id, name, content: use.result },
    { role: "assistant", content: use.tell },
  );
  return messages;
}

const record = (
  kind: string,
  tools: readonly OfferedTool[],
  messages: readonly ChatMessage[],
): Conversation => ({
  kind,
  messages,
  tools: tools.map(({ spec }) => spec),
});

/** One to five requests, each answered by a call and its result. */
function calls(world: World): Conversation {
  const { random } = world;
  const tools = offer(world);
  const count = random.pick([1, 2, 3, 4, 5]);
  const messages: ChatMessage[] = [];
  for (let i = 0; i < count; i++)
    messages.push(...callAndTell(world, random.pick(tools), { isTold: i < count - 1 || random.chance(0.3) }));
  return record("calls", tools, messages);
}

/** Talk that needs no tool, alone or beside a call. */
function talkWithTools(world: World): Conversation {
  const { random } = world;
  const tools = offer(world).slice(0, 2);
  const plain = (random.chance(0.85) ? makeChat : makeInstruction)(world)
    .messages.filter(({ role }) => role !== "system")
    .slice(0, 4);
  const call = callAndTell(world, random.pick(tools), { isTold: true });
  const roll = random.next();
  if (roll < 0.35) return record("no-tool", tools, plain);
  return record("mixed", tools, roll < 0.7 ? [...plain, ...call] : [...call, ...plain]);
}

const cannot = [
  "I have no tool for that.",
  "I cannot do that with the tools that I have.",
  "Sorry, I do not have a tool for that.",
  "None of my tools can do that.",
];

/** A request for a tool that is not there. */
function missingTool(world: World): Conversation {
  const { random } = world;
  const tools = offer(world).slice(0, 2);
  let other = someTool(world);
  while (tools.some(({ spec }) => spec.function.name === other.spec.function.name)) other = someTool(world);
  const messages: ChatMessage[] = [
    { role: "user", content: other.use(world).ask },
    { role: "assistant", content: random.pick(cannot) },
  ];
  if (random.chance(0.7))
    messages.push(...callAndTell(world, random.pick(tools), { isTold: random.chance(0.5) }));
  return record("missing-tool", tools, messages);
}

const errors = [
  "not found",
  "no connection",
  "access denied",
  "service is down",
  "invalid value",
  "no result",
  "timeout",
  "out of stock",
];

/** A tool that fails. */
function failedCall(world: World): Conversation {
  const { random } = world;
  const tools = offer(world).slice(0, 2);
  const messages = callAndTell(world, random.pick(tools), { isTold: true });
  const error = random.pick(errors);
  const told = messages[2] as ChatMessage & { role: "tool" };
  const answer = fill(
    random.pick([
      "I am sorry, that did not work: {e}.",
      "Sorry, the tool says: {e}.",
      "That did not work. The error is: {e}.",
      "I could not do it: {e}.",
    ]),
    { e: error },
  );
  return record("failed", tools, [
    ...messages.slice(0, 2),
    { ...told, content: JSON.stringify({ error }) },
    { role: "assistant", content: sentenceCase(answer) },
  ]);
}

const systems = [
  "You are a helpful assistant.",
  "Use the tools when they help.",
  "You are Cria, a small and friendly assistant.",
  "You can call functions.",
];

function withSystem(world: World, conversation: Conversation): Conversation {
  if (!world.random.chance(0.2)) return conversation;
  return {
    ...conversation,
    messages: [{ role: "system", content: world.random.pick(systems) }, ...conversation.messages],
  };
}

const kinds = mixKinds([
  { name: "calls", weight: 8, make: calls },
  { name: "talk", weight: 1, make: talkWithTools },
  { name: "missing-tool", weight: 0.3, make: missingTool },
  { name: "failed", weight: 0.3, make: failedCall },
]);

/** Calls of tools with the values that the user says, talk beside them, and results told in a sentence. */
export const makeToolUse = (world: World): Conversation => withSystem(world, kinds(world));
