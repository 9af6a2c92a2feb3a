import type { GeneratePart, TokenDetail } from "@llamero/core";
import type { HostedOutputItem } from "../api/hosted-items.ts";
import type {
  HostedStage,
  ResponseEvent,
  ResponseEventBody,
  ResponseSnapshotType,
} from "../api/responses-events.ts";
import type {
  FileCitation,
  FunctionCallItem,
  ItemStatus,
  OutputItem,
  OutputMessageItem,
  OutputPart,
  TextLogprob,
} from "../api/responses-items.ts";
import type { IncompleteReason, ResponseObject, ResponseUsage } from "../api/responses-object.ts";
import type { Source } from "../tools/tool.ts";
import { type FinishPart, toLogprobs } from "./chat-response.ts";
import { obfuscation } from "./obfuscation.ts";
import type { NewId } from "./responses-items.ts";

/** What a response is made of: the parts of a generation, and refusals of a guard. */
export type ResponsePart = GeneratePart | { type: "refusal-delta"; text: string };

/** The message that is being written. */
interface OpenMessage {
  id: string;
  index: number;
  parts: OutputPart[];
  open: {
    type: OutputPart["type"];
    text: string;
    logprobs: TextLogprob[];
    annotations: FileCitation[];
  } | null;
}

/** A call that is being written. */
interface OpenCall {
  id: string;
  callId: string;
  index: number;
  name: string;
  arguments: string;
}

export interface ResponseBuilderOptions {
  newId: NewId;
  /** Seconds since 1970. */
  now: () => number;
  /** Whether pieces are padded; default false. */
  pads?: boolean;
}

/**
 * Parts of a generation -> events of a response, and the response that they add up to. Several generations, one after
 * another, may make one response.
 */
export class ResponseBuilder {
  readonly #newId: NewId;
  readonly #now: () => number;
  readonly #pads: boolean;
  #response: ResponseObject;
  readonly #output: OutputItem[] = [];
  #message: OpenMessage | null = null;
  readonly #calls = new Map<string, OpenCall>();
  #numItems = 0;
  #usage: ResponseUsage | null = null;
  #cutBy: IncompleteReason | null = null;
  readonly #hosted = new Map<number, HostedOutputItem>();
  #hidden: ReadonlySet<string> = new Set();
  readonly #files = new Map<number, Pick<FileCitation, "file_id" | "filename">>();
  #isStarted = false;
  #sequence = 0;
  #events: ResponseEvent[] = [];

  constructor(response: ResponseObject, { newId, now, pads = false }: ResponseBuilderOptions) {
    this.#response = response;
    this.#newId = newId;
    this.#now = now;
    this.#pads = pads;
  }

  /** The response as it is now. */
  get response(): ResponseObject {
    return {
      ...this.#response,
      output: this.#output.filter((item) => item !== undefined),
      usage: this.#usage,
    };
  }

  /** How many events there were. */
  get numEvents(): number {
    return this.#sequence;
  }

  /** True once work has begun. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** The response is taken, and waits for its turn. */
  queue(): ResponseEvent[] {
    this.#response = { ...this.#response, status: "queued" };
    this.#snapshot("response.created");
    this.#snapshot("response.queued");
    return this.#take();
  }

  /** Work begins. */
  start(): ResponseEvent[] {
    this.#isStarted = true;
    this.#response = { ...this.#response, status: "in_progress" };
    if (this.#sequence === 0) this.#snapshot("response.created");
    this.#snapshot("response.in_progress");
    return this.#take();
  }

  /** Calls of these names get items of their own from whoever runs them. */
  hide(names: Iterable<string>): void {
    this.#hidden = new Set(names);
  }

  /** Passages of files that the answer may cite by their numbers from here on. */
  allowCitations(sources: readonly Source[]): void {
    for (const { id, title, number } of sources)
      if (number !== undefined) this.#files.set(number, { file_id: id, filename: title });
  }

  /** What an earlier process said already. */
  restore(items: readonly OutputItem[], usage: ResponseUsage | null): ResponseEvent[] {
    for (const item of items) this.#sayAgain(item);
    this.#usage = usage;
    return this.#take();
  }

  /** A tool of the server begins: its item, and the stages that it is in. Gives the place of the item. */
  beginHosted(
    item: HostedOutputItem,
    stages: readonly HostedStage[],
  ): { at: number; events: ResponseEvent[] } {
    const index = this.#numItems++;
    this.#hosted.set(index, item);
    this.#output[index] = item;
    this.#itemAdded(index, item);
    for (const type of stages) this.#emit({ type, output_index: index, item_id: item.id });
    const place = { output_index: index, item_id: item.id };
    if (item.type === "mcp_call") {
      const { arguments: text } = item;
      this.#emit({ type: "response.mcp_call_arguments.delta", ...place, delta: text });
      this.#emit({ type: "response.mcp_call_arguments.done", ...place, arguments: text });
    } else if (item.type === "code_interpreter_call") {
      this.#emit({ type: "response.code_interpreter_call_code.delta", ...place, delta: item.code });
      this.#emit({ type: "response.code_interpreter_call_code.done", ...place, code: item.code });
    }
    return { at: index, events: this.#take() };
  }

  /** A tool of the server has ended. */
  endHosted(at: number, item: HostedOutputItem, stage: HostedStage | null): ResponseEvent[] {
    this.#hosted.delete(at);
    if (stage !== null) this.#emit({ type: stage, output_index: at, item_id: item.id });
    this.#itemDone(at, item);
    return this.#take();
  }

  /** The response ends before it is whole. */
  cut(reason: IncompleteReason): ResponseEvent[] {
    this.#closeAll("incomplete");
    this.#cutBy = reason;
    return this.#take();
  }

  convert(part: ResponsePart): ResponseEvent[] {
    switch (part.type) {
      case "text-delta":
        this.#addText("output_text", part.text, part.tokens);
        break;
      case "refusal-delta":
        this.#addText("refusal", part.text, []);
        break;
      case "tool-call-start":
        if (!this.#hidden.has(part.name)) this.#openCall(part.id, part.name);
        break;
      case "tool-call-delta":
        if (this.#calls.has(part.id)) this.#addArguments(this.#calls.get(part.id)!, part.arguments);
        break;
      case "tool-call": {
        const { id, name, arguments: value } = part.call;
        if (this.#hidden.has(name)) break;
        if (!this.#calls.has(id)) this.#addArguments(this.#openCall(id, name), JSON.stringify(value));
        this.#closeCall(this.#calls.get(id)!, "completed");
        break;
      }
      case "finish":
        this.#endGeneration(part);
        break;
      default:
        part satisfies never;
    }
    return this.#take();
  }

  /** The result of a call that the server ran. */
  addResult(callId: string, output: string): ResponseEvent[] {
    const index = this.#numItems++;
    const item = { type: "function_call_output", id: this.#newId("fco_"), call_id: callId, output } as const;
    this.#itemAdded(index, { ...item, status: "in_progress" });
    this.#itemDone(index, { ...item, status: "completed" });
    return this.#take();
  }

  /** The response is whole, or as long as it may be; the event is sent once the response is kept. */
  finish(): ResponseEvent[] {
    const fields =
      this.#cutBy !== null
        ? ({ status: "incomplete", incomplete_details: { reason: this.#cutBy } } as const)
        : ({ status: "completed", completed_at: this.#now() } as const);
    this.#response = { ...this.#response, ...fields };
    this.#snapshot(this.#cutBy !== null ? "response.incomplete" : "response.completed");
    return this.#take();
  }

  /** An error ended the response. What there is of it stays. */
  fail(error: { code: string; message: string }): ResponseEvent[] {
    this.#closeAll("incomplete");
    this.#response = { ...this.#response, status: "failed", error };
    this.#snapshot("response.failed");
    return this.#take();
  }

  /** Somebody ended the response. There is no event of that name: the last one is `response.incomplete`. */
  cancel(): ResponseEvent[] {
    this.#closeAll("incomplete");
    this.#response = { ...this.#response, status: "cancelled" };
    this.#snapshot("response.incomplete");
    return this.#take();
  }

  /** All events of an item that is whole. */
  #sayAgain(item: OutputItem): void {
    const index = this.#numItems++;
    if (item.type === "message") {
      this.#message = { id: item.id, index, parts: [], open: null };
      this.#itemAdded(index, toMessageItem(this.#message, "in_progress"));
      for (const part of item.content) {
        this.#addText(part.type, part.type === "refusal" ? part.refusal : part.text, []);
        this.#closePart(this.#message, part.type === "refusal" ? [] : part.annotations);
      }
      this.#closeMessage(item.status);
    } else if (item.type === "function_call") {
      const call: OpenCall = { id: item.id, callId: item.call_id, index, name: item.name, arguments: "" };
      this.#itemAdded(index, toCallItem(call, "in_progress"));
      this.#addArguments(call, item.arguments);
      this.#closeCall(call, item.status);
    } else {
      this.#itemAdded(
        index,
        "status" in item && item.status != null ? { ...item, status: "in_progress" } : item,
      );
      this.#itemDone(index, item);
    }
  }

  #addText(type: OutputPart["type"], text: string, tokens: readonly TokenDetail[]): void {
    const { message, open } = this.#openPart(type);
    const logprobs = toLogprobs(tokens).content;
    open.text += text;
    open.logprobs.push(...logprobs);
    const place = this.#partPlace(message);
    this.#emit(
      type === "output_text"
        ? { type: "response.output_text.delta", ...place, delta: text, logprobs }
        : { type: "response.refusal.delta", ...place, delta: text },
    );
  }

  #openPart(type: OutputPart["type"]): { message: OpenMessage; open: NonNullable<OpenMessage["open"]> } {
    this.#message ??= this.#openMessage();
    const message = this.#message;
    if (message.open !== null && message.open.type !== type) this.#closePart(message);
    if (message.open === null) {
      message.open = { type, text: "", logprobs: [], annotations: [] };
      this.#emit({
        type: "response.content_part.added",
        response_id: this.#response.id,
        ...this.#partPlace(message),
        part: toPart(message.open),
      });
    }
    return { message, open: message.open };
  }

  #openMessage(): OpenMessage {
    const message: OpenMessage = { id: this.#newId("msg_"), index: this.#numItems++, parts: [], open: null };
    this.#itemAdded(message.index, toMessageItem(message, "in_progress"));
    return message;
  }

  #closePart(message: OpenMessage, annotations?: readonly FileCitation[]): void {
    const { open } = message;
    if (open === null) return;
    const place = this.#partPlace(message);
    if (open.type === "output_text") open.annotations.push(...(annotations ?? this.#citationsIn(open.text)));
    for (const [index, annotation] of open.annotations.entries()) {
      const type = "response.output_text.annotation.added";
      this.#emit({ type, ...place, annotation_index: index, annotation });
    }
    const part = toPart(open);
    this.#emit(
      part.type === "output_text"
        ? { type: "response.output_text.done", ...place, text: part.text, logprobs: part.logprobs }
        : { type: "response.refusal.done", ...place, refusal: part.refusal },
    );
    this.#emit({ type: "response.content_part.done", response_id: this.#response.id, ...place, part });
    message.parts.push(part);
    message.open = null;
  }

  #citationsIn(text: string): FileCitation[] {
    return [...text.matchAll(/\[(\d{1,3})\]/g)].flatMap(({ index, 1: number }) => {
      const file = this.#files.get(Number(number));
      return file === undefined ? [] : [{ type: "file_citation" as const, index, ...file }];
    });
  }

  #closeMessage(status: ItemStatus): void {
    const message = this.#message;
    if (message === null) return;
    this.#closePart(message);
    this.#message = null;
    this.#itemDone(message.index, toMessageItem(message, status));
  }

  #openCall(callId: string, name: string): OpenCall {
    this.#closeMessage("completed");
    const call: OpenCall = { id: this.#newId("fc_"), callId, index: this.#numItems++, name, arguments: "" };
    this.#calls.set(callId, call);
    this.#itemAdded(call.index, toCallItem(call, "in_progress"));
    return call;
  }

  #addArguments(call: OpenCall, delta: string): void {
    call.arguments += delta;
    this.#emit({
      type: "response.function_call_arguments.delta",
      output_index: call.index,
      item_id: call.id,
      delta,
    });
  }

  #closeCall(call: OpenCall, status: ItemStatus): void {
    this.#calls.delete(call.callId);
    this.#emit({
      type: "response.function_call_arguments.done",
      output_index: call.index,
      item_id: call.id,
      name: call.name,
      arguments: call.arguments,
    });
    this.#itemDone(call.index, toCallItem(call, status));
  }

  #closeAll(status: ItemStatus): void {
    this.#closeMessage(status);
    for (const call of [...this.#calls.values()]) this.#closeCall(call, status);
    for (const [index, item] of this.#hosted) this.#itemDone(index, { ...item, status });
    this.#hosted.clear();
  }

  #endGeneration({ reason, usage, toolCalls, text, refusal }: FinishPart): void {
    if (refusal !== undefined) this.#addText("refusal", refusal, []);
    // An answer of no tokens is an empty message.
    if (this.#numItems === 0 && toolCalls.length === 0) this.#openPart("output_text");
    // A refusal instead of an answer is whole; an answer that was cut short is not.
    const isFiltered = reason === "content-filter" && text !== "";
    this.#cutBy = reason === "length" ? "max_output_tokens" : isFiltered ? "content_filter" : null;
    this.#closeAll(this.#cutBy === null ? "completed" : "incomplete");
    const before = this.#usage;
    const input = usage.promptTokens + (before?.input_tokens ?? 0);
    const output = usage.completionTokens + (before?.output_tokens ?? 0);
    this.#usage = {
      input_tokens: input,
      input_tokens_details: {
        cached_tokens: usage.cachedTokens + (before?.input_tokens_details.cached_tokens ?? 0),
      },
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: input + output,
    };
  }

  #partPlace({ id, index, parts }: OpenMessage): {
    output_index: number;
    item_id: string;
    content_index: number;
  } {
    return { output_index: index, item_id: id, content_index: parts.length };
  }

  #itemAdded(index: number, item: OutputItem): void {
    const { id } = this.#response;
    this.#emit({ type: "response.output_item.added", response_id: id, output_index: index, item });
  }

  #itemDone(index: number, item: OutputItem): void {
    this.#output[index] = item;
    const { id } = this.#response;
    this.#emit({ type: "response.output_item.done", response_id: id, output_index: index, item });
  }

  #snapshot(type: ResponseSnapshotType): void {
    this.#emit({ type, response: this.response });
  }

  #emit(body: ResponseEventBody): void {
    const padding = this.#pads && "delta" in body ? { obfuscation: obfuscation(body.delta) } : {};
    this.#events.push({ ...body, sequence_number: this.#sequence++, ...padding });
  }

  #take(): ResponseEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

function toPart({ type, text, logprobs, annotations }: NonNullable<OpenMessage["open"]>): OutputPart {
  if (type === "refusal") return { type, refusal: text };
  return { type, text, annotations: [...annotations], logprobs: [...logprobs] };
}

function toMessageItem({ id, parts }: OpenMessage, status: ItemStatus): OutputMessageItem {
  return { type: "message", id, status, role: "assistant", content: [...parts] };
}

function toCallItem({ id, callId, name, arguments: text }: OpenCall, status: ItemStatus): FunctionCallItem {
  return { type: "function_call", id, call_id: callId, name, arguments: text, status };
}
