import { ChatTemplateError } from "./chat-template-error.ts";
import type { ChatTokenizer } from "./chat-tokenizer.ts";
import { type JinjaTemplate, parseJinjaTemplate } from "./jinja-template.ts";
import type { Message, RenderedChat } from "./message.ts";
import { findMark, isConfusableWithMark, Placeholders, type RenderedPart } from "./placeholders.ts";
import { type LedgerEntry, PromptBuilder } from "./prompt-builder.ts";
import { protocolText } from "./protocol-text.ts";
import { formatDate } from "./python-text.ts";
import type { RenderOptions } from "./render-options.ts";
import { createSpecialNames, type SpecialNames } from "./special-names.ts";
import { type InputString, templateInput } from "./template-input.ts";

/** A file's own chat template, rendered to ids. */
export interface JinjaChat {
  render(messages: readonly Message[], options?: RenderOptions): RenderedChat;
  /** The text that transformers would render; special names in contents are not told apart. Never tokenize it. */
  renderText(messages: readonly Message[], options?: RenderOptions): string;
  /** Tokens that end a message of the assistant. */
  readonly stopIds: readonly number[];
}

/** A stretch of text in the rendering with marks. */
interface Range {
  start: number;
  end: number;
}

/**
 * Chat by a Jinja template. The template is rendered twice, once with marks in place of the strings that callers
 * chose: the two together show which text is the template's. Only there do names of special tokens count.
 */
export function createJinjaChat(source: string, tokenizer: ChatTokenizer): JinjaChat {
  const template = parseJinjaTemplate(source);
  const names = createSpecialNames(tokenizer);
  const chat = { template, tokenizer, names };
  const stopIds = findStopIds(chat);
  return {
    stopIds,
    render: (messages, options = {}) => renderChat({ ...chat, stopIds }, messages, options),
    renderText: (messages, options = {}) => renderWith(chat, messages, options, asIs),
  };
}

interface Chat {
  template: JinjaTemplate;
  tokenizer: ChatTokenizer;
  names: SpecialNames;
}

type Write = (text: string, what: InputString) => string;

const asIs: Write = (text) => text;

/** A rendered conversation in which template and values are told apart where possible. */
interface Rendering {
  text: string;
  parts: readonly RenderedPart[];
  /** How strings went into it. */
  write: Write;
}

function renderWith(chat: Chat, messages: readonly Message[], options: RenderOptions, write: Write): string {
  const { bosId, eosIds } = chat.tokenizer;
  const nameOf = (id: number | null | undefined): string =>
    id === null || id === undefined ? "" : (chat.names.nameOf(id) ?? "");
  const variables: Record<string, unknown> = {
    ...templateInput(messages, options.tools ?? [], write),
    documents: null,
    add_generation_prompt: options.addGenerationPrompt !== false,
    bos_token: nameOf(bosId),
    eos_token: nameOf(eosIds[0]),
  };
  if (options.builtinTools !== undefined) variables["builtin_tools"] = options.builtinTools;
  if (options.now !== undefined)
    variables["date_string"] = formatDate(options.now, protocolText.hf.dateFormat);
  return chat.template.render(variables, options.now ?? new Date());
}

function renderChat(
  chat: Chat & { stopIds: readonly number[] },
  messages: readonly Message[],
  options: RenderOptions,
): RenderedChat {
  const { names } = chat;
  const marks = new Placeholders<LedgerEntry>();
  let hasRisk = false;
  const mark: Write = (text, what) => {
    const isRisky = names.has(text) || isConfusableWithMark(text);
    hasRisk ||= isRisky;
    if (what === "other" && !isRisky) return text;
    return marks.add(text, what === "system" ? "system" : "messages");
  };
  const plain = renderWith(chat, messages, options, asIs);
  const marked = renderWith(chat, messages, options, mark);
  const parts = marks.split(marked);
  const aligned = marks.align(parts, plain);
  let rendering: Rendering = { text: marked, parts, write: mark };
  if (aligned === null) {
    const write = hasRisk ? neutralWrite(chat, messages, options, marked) : asIs;
    const text = renderWith(chat, messages, options, write);
    rendering = { text, parts: [{ kind: "template", text }], write };
  }
  const prompt = new PromptBuilder(chat.tokenizer);
  const ranges = findRanges(chat, rendering, messages, options);
  writeParts(
    prompt,
    names,
    rendering.parts,
    aligned ?? rendering.parts,
    (index) => marks.kindOf(index),
    ranges,
  );
  return prompt.build();
}

/** How strings go into a template that rewrites contents: names of special tokens in them are broken up. */
function neutralWrite(
  chat: Chat,
  messages: readonly Message[],
  options: RenderOptions,
  marked: string,
): Write {
  const { names } = chat;
  options.onDegraded?.({
    what: "chat template",
    wanted: "messages verbatim",
    used: "messages with a word joiner inside names of special tokens",
    why: "the template rewrites contents, so those names could become control tokens",
  });
  const specials = (text: string): string =>
    names
      .split(text)
      .filter((piece) => typeof piece === "number")
      .join();
  const write: Write = (text) => names.neutralize(text, false);
  // The template may also put names together that no single string holds.
  if (specials(renderWith(chat, messages, options, write)) === specials(marked)) return write;
  return (text) => names.neutralize(text, true);
}

/** Stretches of a rendering that count apart. */
interface Ranges {
  calls: readonly Range[];
  trained: readonly Range[];
  tools: Range | null;
}

function findRanges(
  chat: Chat & { stopIds: readonly number[] },
  rendering: Rendering,
  messages: readonly Message[],
  options: RenderOptions,
): Ranges {
  const calls: Range[] = [];
  const trained: Range[] = [];
  messages.forEach((message, index) => {
    const isTrained = message.role === "assistant" && message.trainable !== false;
    const isCalling = message.role === "assistant" && (message.toolCalls?.length ?? 0) > 0;
    if (!isTrained && !isCalling) return;
    const range = answerRange(chat, rendering, messages, index, options);
    if (range === null && isTrained)
      options.onDegraded?.({
        what: "loss mask",
        wanted: "the tokens of every assistant message",
        used: `none of message ${index}`,
        why: "the chat template does not show where the message begins",
      });
    if (range !== null && isCalling) calls.push(range);
    if (range !== null && isTrained) trained.push(range);
  });
  return { calls, trained, tools: toolRange(chat, rendering, messages, options) };
}

/** Writes aligned parts: the template's text with its special tokens, values as plain text. */
function writeParts(
  prompt: PromptBuilder,
  names: SpecialNames,
  parts: readonly RenderedPart[],
  aligned: readonly RenderedPart[],
  kindOf: (index: number) => LedgerEntry | undefined,
  ranges: Ranges,
): void {
  const isIn = (list: readonly Range[], at: number): boolean =>
    list.some((range) => at >= range.start && at < range.end);
  const cuts = [...ranges.calls, ...ranges.trained, ...(ranges.tools === null ? [] : [ranges.tools])]
    .flatMap((range) => [range.start, range.end])
    .sort((a, b) => a - b);
  let at = 0;
  parts.forEach((part, index) => {
    const end = at + part.text.length;
    if (part.kind === "value")
      prompt.text(aligned[index]!.text, kindOf(part.index) ?? "messages", isIn(ranges.trained, at));
    else {
      const inner = [at, ...cuts.filter((cut) => cut > at && cut < end), end];
      for (let i = 0; i + 1 < inner.length; i++) {
        const from = inner[i]!;
        const isTrained = isIn(ranges.trained, from);
        const isTool = ranges.tools !== null && isIn([ranges.tools], from);
        const entry = isIn(ranges.calls, from) ? "messages" : isTool ? "tools" : "template";
        for (const piece of names.split(part.text.slice(from - at, inner[i + 1]! - at))) {
          if (typeof piece === "number") prompt.id(piece, "template", isTrained);
          else prompt.text(piece, entry, isTrained);
        }
      }
    }
    at = end;
  });
}

/** What an assistant message generates, up to and including the token that ends it. */
function answerRange(
  chat: Chat & { stopIds: readonly number[] },
  rendering: Rendering,
  messages: readonly Message[],
  index: number,
  options: RenderOptions,
): Range | null {
  const marked = rendering.text;
  const before = messages.slice(0, index);
  const prefixOf = (addGenerationPrompt: boolean): string | null => {
    try {
      const prefix = renderWith(chat, before, { ...options, addGenerationPrompt }, rendering.write);
      return prefix !== "" && marked.startsWith(prefix) ? prefix : null;
    } catch (error) {
      // Some templates refuse a conversation that stops here.
      if (error instanceof ChatTemplateError) return null;
      throw error;
    }
  };
  const prompted = prefixOf(true);
  const bare = prefixOf(false);
  let start = prompted?.length ?? -1;
  if (prompted === null || prompted === bare) {
    // The template's header of the message is still to be stepped over: to the content.
    start = findMark(marked, bare?.length ?? marked.length);
    if (messages[index]!.content === "" || start < 0) return null;
  }
  const stops = new Set(chat.stopIds);
  let end = start;
  for (const piece of chat.names.split(marked.slice(start))) {
    if (typeof piece === "string") {
      end += piece.length;
      continue;
    }
    end += chat.names.nameOf(piece)?.length ?? 0;
    if (stops.has(piece)) return { start, end };
  }
  return { start, end: marked.length };
}

/** Where the template describes the tools: what differs from the rendering without them. */
function toolRange(
  chat: Chat,
  rendering: Rendering,
  messages: readonly Message[],
  options: RenderOptions,
): Range | null {
  if ((options.tools?.length ?? 0) === 0) return null;
  const marked = rendering.text;
  const without = renderWith(chat, messages, { ...options, tools: [] }, rendering.write);
  let start = 0;
  while (start < without.length && without[start] === marked[start]) start++;
  let numSame = 0;
  while (
    numSame < without.length - start &&
    without[without.length - 1 - numSame] === marked[marked.length - 1 - numSame]
  )
    numSame++;
  const end = marked.length - numSame;
  return end > start ? { start, end } : null;
}

/** The tokenizer's own ends, and the special token that the template puts after an assistant message. */
function findStopIds(chat: Chat): number[] {
  const ids = new Set(chat.tokenizer.eosIds);
  const marks = new Placeholders<"content">();
  const probe: Message[] = [
    { role: "user", content: "a" },
    { role: "assistant", content: "b" },
  ];
  try {
    const marked = renderWith(chat, probe, { addGenerationPrompt: false }, (text) =>
      marks.add(text, "content"),
    );
    const after = marks.split(marked).at(-1)!;
    const end = chat.names
      .split(after.kind === "template" ? after.text : "")
      .find((piece) => typeof piece === "number");
    if (end !== undefined) ids.add(end as number);
  } catch (error) {
    // A template that refuses this conversation is left with the tokenizer's ends.
    if (!(error instanceof ChatTemplateError)) throw error;
  }
  return [...ids];
}
