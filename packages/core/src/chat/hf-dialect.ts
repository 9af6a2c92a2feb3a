import { ChatTemplateError } from "./chat-template-error.ts";
import type { ChatTokenizer } from "./chat-tokenizer.ts";
import { writeHeader } from "./llama-header.ts";
import type { Message, RenderedChat, ToolCall, ToolDefinition } from "./message.ts";
import { PromptBuilder } from "./prompt-builder.ts";
import { protocolText } from "./protocol-text.ts";
import { pythonJson, pythonJsonString, strip } from "./python-text.ts";
import { codeInterpreter, encodeBuiltinCall, encodeMethodCall } from "./tools/builtin.ts";
import { encodeHfCall } from "./tools/json-call.ts";

/** Which of the published Hugging Face templates; 3.0 has no system message of its own and no tools. */
export type HfTemplateVersion = "3.0" | "3.1" | "3.2";

/** How to render in the dialect of the Hugging Face templates. Llama 3.3 uses the template of 3.1. */
export interface HfDialectOptions {
  version: HfTemplateVersion;
  tools?: readonly ToolDefinition[] | undefined;
  /** Names of built-in tools to offer; only 3.1 knows them. */
  builtinTools?: readonly string[] | undefined;
  addGenerationPrompt?: boolean | undefined;
  /** Put tools into the first user message (default) or into the system message. */
  toolsInUserMessage?: boolean | undefined;
  /** Date in the system message, such as 26 Jul 2024 (the templates' default). */
  dateString?: string | undefined;
  /**
   * Do what the template does even where it loses something: quote tool results as JSON strings, drop text beside
   * a call, throw on several calls in one message. By default results are verbatim and nothing is lost.
   */
  isStrict?: boolean | undefined;
}

interface Writer {
  prompt: PromptBuilder;
  tools: readonly ToolDefinition[];
  /** Built-in tools, or null where the template has none. */
  builtins: readonly string[] | null;
  isStrict: boolean;
}

/** Renders as the Llama 3 chat templates on Hugging Face do: contents trimmed, dates in the system message. */
export function renderHfDialect(
  tokenizer: ChatTokenizer,
  messages: readonly Message[],
  options: HfDialectOptions,
): RenderedChat {
  const prompt = new PromptBuilder(tokenizer).special("<|begin_of_text|>");
  const writer: Writer = {
    prompt,
    tools: options.version === "3.0" ? [] : (options.tools ?? []),
    builtins: options.version === "3.1" ? (options.builtinTools ?? null) : null,
    isStrict: options.isStrict === true,
  };
  let rest = messages;
  if (options.version !== "3.0") {
    const system = messages[0]?.role === "system" ? messages[0] : undefined;
    if (system !== undefined) rest = messages.slice(1);
    const isInUser = options.toolsInUserMessage !== false && canHoldTools(rest, writer);
    writeSystem(writer, system, isInUser, options.dateString ?? protocolText.hf.defaultDate);
    if (writer.tools.length > 0 && isInUser) {
      writeFirstUser(writer, rest[0]!);
      rest = rest.slice(1);
    }
  }
  for (const message of rest) writeMessage(writer, message);
  if (options.addGenerationPrompt !== false) writeHeader(prompt, "assistant");
  return prompt.build();
}

function canHoldTools(messages: readonly Message[], writer: Writer): boolean {
  if (writer.tools.length === 0 || messages[0]?.role === "user") return true;
  if (writer.isStrict && messages.length === 0)
    throw new ChatTemplateError("Tools belong into the first user message, but the conversation has none");
  return writer.isStrict;
}

function writeSystem(
  writer: Writer,
  system: Message | undefined,
  isToolsInUser: boolean,
  dateString: string,
): void {
  const { prompt, tools, builtins } = writer;
  writeHeader(prompt, "system");
  if (builtins !== null || tools.length > 0) prompt.text(protocolText.environment, "template");
  if (builtins !== null) {
    const names = builtins.filter((name) => name !== codeInterpreter);
    prompt.text(`${protocolText.builtinTools(names)}\n`, "tools");
  }
  prompt.text(`${protocolText.cutoff}${protocolText.today(dateString)}\n`, "template");
  if (tools.length > 0 && !isToolsInUser)
    prompt.text(protocolText.hf.toolsInSystem + toolList(tools), "tools");
  prompt.text(strip(system?.content ?? ""), "system");
  prompt.special("<|eot_id|>");
}

function writeFirstUser(writer: Writer, message: Message): void {
  const { prompt, tools } = writer;
  writeHeader(prompt, "user");
  prompt.text(protocolText.hf.toolsInUser + toolList(tools), "tools");
  prompt.text(strip(message.content), "messages");
  prompt.special("<|eot_id|>");
}

function toolList(tools: readonly ToolDefinition[]): string {
  const texts = tools.map(({ name, description, parameters }) =>
    pythonJson({ type: "function", function: { name, description, parameters } }, { indent: 4 }),
  );
  return protocolText.hf.callForm + texts.map((text) => `${text}\n\n`).join("");
}

function writeMessage(writer: Writer, message: Message): void {
  const { prompt, isStrict } = writer;
  const isTrained = message.role === "assistant" && message.trainable !== false;
  if (message.role === "assistant" && message.toolCalls !== undefined) {
    if (isStrict && message.toolCalls.length !== 1)
      throw new ChatTemplateError(
        `The template takes exactly one tool call in a message, not ${message.toolCalls.length}`,
      );
    if (message.toolCalls.length > 0) {
      writeCalls(writer, message.content, message.toolCalls, isTrained);
      return;
    }
  }
  writeHeader(prompt, message.role === "tool" ? "ipython" : message.role);
  const content = message.role === "tool" ? toolResult(message.content, isStrict) : strip(message.content);
  prompt.text(content, message.role === "system" ? "system" : "messages", isTrained);
  prompt.special("<|eot_id|>", "template", isTrained);
}

function toolResult(content: string, isStrict: boolean): string {
  return isStrict ? pythonJsonString(content, false) : content;
}

function writeCalls(writer: Writer, content: string, calls: readonly ToolCall[], isTrained: boolean): void {
  const { prompt, builtins, isStrict } = writer;
  writeHeader(prompt, "assistant");
  if (!isStrict) prompt.text(strip(content), "messages", isTrained);
  const isBuiltin = (call: ToolCall): boolean => builtins?.includes(call.name) === true;
  for (const call of calls.filter(isBuiltin)) {
    prompt.special("<|python_tag|>", "messages", isTrained);
    prompt.text(
      isStrict ? encodeMethodCall(call, (text) => text) : encodeBuiltinCall(call),
      "messages",
      isTrained,
    );
  }
  const custom = calls.filter((call) => !isBuiltin(call));
  prompt.text(custom.map(encodeHfCall).join("; "), "messages", isTrained);
  prompt.special(builtins !== null ? "<|eom_id|>" : "<|eot_id|>", "template", isTrained);
}
