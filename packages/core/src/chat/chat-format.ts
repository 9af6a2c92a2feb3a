import { ChatTemplateError } from "./chat-template-error.ts";
import { type ChatTokenizer, hasLlama3Headers } from "./chat-tokenizer.ts";
import { type HfTemplateVersion, renderHfDialect } from "./hf-dialect.ts";
import { createJinjaChat, type JinjaChat } from "./jinja-format.ts";
import type { Message, RenderedChat, ToolDefinition } from "./message.ts";
import { renderMetaDialect } from "./meta-dialect.ts";
import { renderPlain } from "./plain-format.ts";
import { protocolText } from "./protocol-text.ts";
import { formatDate } from "./python-text.ts";
import type { RenderOptions } from "./render-options.ts";
import type { ToolCallFormat } from "./tools/encode.ts";
import {
  createToolCallParser,
  type ToolCallParser,
  type ToolCallParserOptions,
} from "./tools/parse-tool-calls.ts";

/** How a model is talked to. */
export interface ChatFormat {
  /** Such as llama-3.1 (Hugging Face dialect), llama-meta, jinja or plain. */
  readonly name: string;
  /** Tokens that end a message of the assistant. */
  readonly stopIds: readonly number[];
  /** How the model writes calls, for grammars; undefined where that is not known. */
  readonly toolCallFormat?: ToolCallFormat;
  render(messages: readonly Message[], options?: RenderOptions): RenderedChat;
  /** Parser for what the model answers when tools were offered; special tokens must be in its text by name. */
  createParser(options: ToolCallParserOptions): ToolCallParser;
}

/** The parts of a checkpoint that decide its chat format. */
export interface ChatFormatSource {
  chatTemplate: string | null;
  tokenizer: ChatTokenizer;
}

/**
 * The built-in Llama 3 dialect that renders as the file's template does; else that template; without one, Meta's
 * dialect for Llama 3 tokenizers and plain paragraphs for others.
 */
export function chooseChatFormat(source: ChatFormatSource): ChatFormat {
  const { chatTemplate, tokenizer } = source;
  const isLlama3 = hasLlama3Headers(tokenizer);
  if (chatTemplate === null)
    return isLlama3 ? createLlamaFormat("llama-meta", tokenizer) : plainFormat(tokenizer);
  const jinja = createJinjaChat(chatTemplate, tokenizer);
  const builtin = isLlama3
    ? llamaFormatNames.find((name) => isSameDialect(name, jinja, tokenizer))
    : undefined;
  return builtin === undefined ? jinjaFormat(jinja) : createLlamaFormat(builtin, tokenizer);
}

/** Format by the file's Jinja template, whatever it says. */
export function createJinjaFormat(template: string, tokenizer: ChatTokenizer): ChatFormat {
  return jinjaFormat(createJinjaChat(template, tokenizer));
}

/** Dialects of Llama 3 by name, those of Hugging Face first. */
export type LlamaFormatName = "llama-3.1" | "llama-3.2" | "llama-3.0" | "llama-meta";
const llamaFormatNames: readonly LlamaFormatName[] = ["llama-3.1", "llama-3.2", "llama-3.0", "llama-meta"];

type Render = (
  tokenizer: ChatTokenizer,
  messages: readonly Message[],
  options: RenderOptions,
) => RenderedChat;

const llamaRenders: Readonly<Record<LlamaFormatName, Render>> = {
  "llama-3.0": hfRender("3.0", () => undefined),
  // The template of 3.1 and 3.3 has a fixed date unless it is given one; that of 3.2 asks for today's.
  "llama-3.1": hfRender("3.1", (now) => now),
  "llama-3.2": hfRender("3.2", (now) => now ?? new Date()),
  "llama-meta": (tokenizer, messages, options) => renderMetaDialect(tokenizer, messages, options),
};

/** A built-in format of Llama 3. */
export function createLlamaFormat(name: LlamaFormatName, tokenizer: ChatTokenizer): ChatFormat {
  const ends = ["<|eot_id|>", "<|eom_id|>", "<|end_of_text|>"];
  return {
    name,
    stopIds: ends.flatMap((each) => tokenizer.specialId(each) ?? []),
    toolCallFormat: "json",
    render: (messages, options = {}) => llamaRenders[name](tokenizer, messages, options),
    createParser: createToolCallParser,
  };
}

function hfRender(version: HfTemplateVersion, dateOf: (now: Date | undefined) => Date | undefined): Render {
  return (tokenizer, messages, options) => {
    const date = dateOf(options.now);
    return renderHfDialect(tokenizer, messages, {
      version,
      tools: options.tools,
      builtinTools: options.builtinTools,
      addGenerationPrompt: options.addGenerationPrompt,
      isStrict: options.isStrict,
      dateString: date === undefined ? undefined : formatDate(date, protocolText.hf.dateFormat),
    });
  };
}

function jinjaFormat(chat: JinjaChat): ChatFormat {
  return {
    name: "jinja",
    stopIds: chat.stopIds,
    render: chat.render,
    createParser: createToolCallParser,
  };
}

function plainFormat(tokenizer: ChatTokenizer): ChatFormat {
  return {
    name: "plain",
    stopIds: tokenizer.eosIds,
    render: (messages, options) => renderPlain(tokenizer, messages, options),
    createParser: createToolCallParser,
  };
}

// Conversations that tell the dialects apart.
const probeTool: ToolDefinition = {
  name: "probe",
  description: "p",
  parameters: { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
};
const probes: readonly { messages: readonly Message[]; options: RenderOptions }[] = [
  { messages: [{ role: "user", content: " a\n" }], options: {} },
  {
    messages: [
      { role: "system", content: "s" },
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
      { role: "user", content: "c" },
    ],
    options: { addGenerationPrompt: false },
  },
  { messages: [{ role: "user", content: "a" }], options: { tools: [probeTool] } },
];

function isSameDialect(name: LlamaFormatName, jinja: JinjaChat, tokenizer: ChatTokenizer): boolean {
  return probes.every(({ messages, options }) => {
    try {
      const expected = jinja.render(messages, options).ids;
      const { ids } = llamaRenders[name](tokenizer, messages, options);
      return ids.length === expected.length && ids.every((id, index) => id === expected[index]);
    } catch (error) {
      if (error instanceof ChatTemplateError) return false;
      throw error;
    }
  });
}
