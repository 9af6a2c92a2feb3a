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
  const traits = probeTemplate(chat);
  return {
    stopIds: traits.stopIds,
    render: (messages, options = {}) => renderChat({ ...chat, ...traits }, messages, options),
    renderText: (messages, options = {}) => renderWith(chat, messages, options, asIs),
  };
}

interface Chat {
  template: JinjaTemplate;
  tokenizer: ChatTokenizer;
  names: SpecialNames;
}

/** What a short conversation shows of a template. */
interface Traits {
  stopIds: readonly number[];
  /** A generation prompt is added when asked for. */
  hasPrompt: boolean;
  /** The content of an assistant message begins where generation would. */
  isAnswerAfterPrompt: boolean;
}

type ProbedChat = Chat & Traits;

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

function renderChat(chat: ProbedChat, messages: readonly Message[], options: RenderOptions): RenderedChat {
  const { names } = chat;
  const marks = new Placeholders<InputString>();
  let hasRisk = false;
  const mark: Write = (text, what) => {
    const isRisky = names.has(text) || isConfusableWithMark(text);
    hasRisk ||= isRisky;
    if (what === "other" && !isRisky) return text;
    return marks.add(text, what);
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
    (index) => (marks.kindOf(index) === "system" ? "system" : "messages"),
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
  chat: ProbedChat,
  rendering: Rendering,
  messages: readonly Message[],
  options: RenderOptions,
): Ranges {
  const calls: Range[] = [];
  const trained: Range[] = [];
  let cursor = 0;
  messages.forEach((message, index) => {
    const isTrained = message.role === "assistant" && message.trainable !== false;
    const isCalling = message.role === "assistant" && (message.toolCalls?.length ?? 0) > 0;
    const isInPlace = message.role === "assistant" && !isCalling && chat.isAnswerAfterPrompt;
    const at = isInPlace ? findAnswer(rendering, message.content, cursor) : -1;
    if (!isTrained && !isCalling) {
      // An answer like a later one must not be taken for it.
      if (at >= 0) cursor = at + 1;
      return;
    }
    const start = at >= 0 ? at : answerStart(chat, rendering, messages, index, options);
    const range = start < 0 ? null : { start, end: answerEnd(chat, rendering.text, start) };
    cursor = range?.end ?? cursor;
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
  entryOf: (index: number) => LedgerEntry,
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
      prompt.text(aligned[index]!.text, entryOf(part.index), isIn(ranges.trained, at));
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

/** Where the content of an assistant message stands from `from` on, -1 when it cannot be told. */
function findAnswer({ text, write }: Rendering, content: string, from: number): number {
  const written = write(content, "answer");
  return findMark(written, 0) === 0 ? text.indexOf(written, from) : -1;
}

/** Where generation of a message would have begun, -1 when it cannot be told: after the conversation before it. */
function answerStart(
  chat: ProbedChat,
  { text, write }: Rendering,
  messages: readonly Message[],
  index: number,
  options: RenderOptions,
): number {
  let prefix: string;
  try {
    prefix = renderWith(chat, messages.slice(0, index), { ...options, addGenerationPrompt: true }, write);
  } catch (error) {
    // Some templates refuse a conversation that stops here.
    if (error instanceof ChatTemplateError) return -1;
    throw error;
  }
  if (prefix === "" || !text.startsWith(prefix)) return -1;
  if (chat.hasPrompt) return prefix.length;
  // The template's header of the message is still to be stepped over.
  return messages[index]!.content === "" ? -1 : findMark(text, prefix.length);
}

/** End of what is generated from `start` on: after the token that ends a message. */
function answerEnd(chat: ProbedChat, text: string, start: number): number {
  const stops = chat.stopIds.flatMap((id) => chat.names.nameOf(id) ?? []);
  const ends = stops.flatMap((name) => {
    const at = text.indexOf(name, start);
    return at < 0 ? [] : [at + name.length];
  });
  return ends.length === 0 ? text.length : Math.min(...ends);
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

function probeTemplate(chat: Chat): Traits {
  const stopIds = new Set(chat.tokenizer.eosIds);
  const question: Message[] = [{ role: "user", content: "a" }];
  const marks = new Placeholders<InputString>();
  const render = (messages: readonly Message[], addGenerationPrompt: boolean): string =>
    renderWith(chat, messages, { addGenerationPrompt }, (text, what) => marks.add(text, what));
  try {
    const answered = render([...question, { role: "assistant", content: "b" }], false);
    const last = marks.split(answered).at(-1)!;
    const end = chat.names
      .split(last.kind === "template" ? last.text : "")
      .find((piece) => typeof piece === "number");
    // The special token that the template puts after an answer ends it, whatever the file says.
    if (end !== undefined) stopIds.add(end as number);
    const prompt = render(question, true);
    return {
      stopIds: [...stopIds],
      hasPrompt: prompt !== render(question, false),
      isAnswerAfterPrompt: answered.startsWith(prompt + marks.add("b", "answer")),
    };
  } catch (error) {
    // A template that refuses this conversation shows nothing.
    if (error instanceof ChatTemplateError)
      return { stopIds: [...stopIds], hasPrompt: true, isAnswerAfterPrompt: false };
    throw error;
  }
}
