import type { ChatTokenizer } from "./chat-tokenizer.ts";
import { writeHeader } from "./llama-header.ts";
import type { Message, RenderedChat, ToolDefinition } from "./message.ts";
import { metaToolMessages } from "./meta-tool-prompts.ts";
import { PromptBuilder } from "./prompt-builder.ts";
import { encodeBuiltinCall, isBuiltinTool } from "./tools/builtin.ts";
import { encodeToolCalls, type ToolCallFormat } from "./tools/encode.ts";
import { encodeMetaToolCall } from "./tools/meta-compatible.ts";

/** How to render in Meta's dialect. */
export interface MetaDialectOptions {
  tools?: readonly ToolDefinition[] | undefined;
  /** Names of built-in tools to offer. */
  builtinTools?: readonly string[] | undefined;
  /** How custom tools are described and called; default json. */
  toolCallFormat?: ToolCallFormat | undefined;
  addGenerationPrompt?: boolean | undefined;
  now?: Date | undefined;
  /** Token after a message with tool calls; default by format, as the model was trained. */
  callEnd?: "<|eom_id|>" | "<|eot_id|>" | undefined;
  /** Write calls as llama-models 0.3 does: ASCII JSON, nothing escaped, no python tag before searches. */
  isReference?: boolean | undefined;
}

/**
 * Meta's own format (llama-models ChatFormat): contents verbatim, header and content encoded apart, no system
 * message unless there is one or tools are given.
 */
export function renderMetaDialect(
  tokenizer: ChatTokenizer,
  messages: readonly Message[],
  options: MetaDialectOptions = {},
): RenderedChat {
  const prompt = new PromptBuilder(tokenizer).special("<|begin_of_text|>");
  const hasTools = (options.tools?.length ?? 0) > 0 || (options.builtinTools?.length ?? 0) > 0;
  let rest = messages;
  if (hasTools) {
    const first = messages[0]?.role === "system" ? messages[0] : undefined;
    if (first !== undefined) rest = messages.slice(1);
    for (const message of metaToolMessages({ ...options, instruction: first?.content ?? "" }))
      writePlain(prompt, message.role, message.parts, false);
  }
  for (const message of rest) writeMessage(prompt, message, options);
  if (options.addGenerationPrompt !== false) writeHeader(prompt, "assistant");
  return prompt.build();
}

function writeMessage(prompt: PromptBuilder, message: Message, options: MetaDialectOptions): void {
  const isTrained = message.role === "assistant" && message.trainable !== false;
  if (message.role === "assistant" && (message.toolCalls?.length ?? 0) > 0) {
    writeHeader(prompt, "assistant");
    prompt.text(message.content, "messages", isTrained);
    writeCalls(prompt, message.toolCalls!, options, isTrained);
    return;
  }
  const entry = message.role === "system" ? "system" : "messages";
  const role = message.role === "tool" ? "ipython" : message.role;
  writePlain(prompt, role, [{ text: message.content, entry }], isTrained);
}

function writeCalls(
  prompt: PromptBuilder,
  calls: NonNullable<Extract<Message, { role: "assistant" }>["toolCalls"]>,
  options: MetaDialectOptions,
  isTrained: boolean,
): void {
  const format = options.toolCallFormat ?? "json";
  const custom = calls.filter((call) => !isBuiltinTool(call.name));
  for (const call of calls.filter((each) => isBuiltinTool(each.name))) {
    if (options.isReference !== true || call.name === "code_interpreter")
      prompt.special("<|python_tag|>", "messages", isTrained);
    const text = options.isReference === true ? encodeMetaToolCall(call, format) : encodeBuiltinCall(call);
    prompt.cut().text(text, "messages", isTrained);
  }
  if (options.isReference === true)
    for (const call of custom) prompt.cut().text(encodeMetaToolCall(call, format), "messages", isTrained);
  else if (custom.length > 0) {
    if (format === "json") prompt.special("<|python_tag|>", "messages", isTrained);
    prompt.cut().text(encodeToolCalls(custom, format), "messages", isTrained);
  }
  const isMessageEnd = custom.length === 0 || format === "json";
  prompt.special(options.callEnd ?? (isMessageEnd ? "<|eom_id|>" : "<|eot_id|>"), "template", isTrained);
}

function writePlain(
  prompt: PromptBuilder,
  role: string,
  parts: readonly { text: string; entry: "system" | "messages" | "tools" | "template" }[],
  isTrained: boolean,
): void {
  writeHeader(prompt, role);
  for (const part of parts) prompt.text(part.text, part.entry, isTrained);
  prompt.special("<|eot_id|>", "template", isTrained);
}
