import type { GeneratePart } from "@llamero/core";
import type { ChatJob } from "./convert/chat-request.ts";
import { HttpError } from "./http/http-error.ts";
import type { ServableModel } from "./served-models.ts";

/** Why choices are given up, beside an error of their own. */
export interface Interrupts {
  /** The client of this request is gone. */
  disconnected: AbortSignal;
  /** The server is closing, and its grace is over. */
  ended: AbortSignal;
}

/**
 * Generates the choices of one answer side by side and hands out their parts.
 * When one fails all are aborted; resolves or rejects only after each has given its memory back.
 */
export function generateChoices(
  model: ServableModel,
  { messages, options }: ChatJob,
  interrupts: Interrupts,
  onPart: OnPart,
): Promise<void> {
  const start: Start = (index, signal) => model.chat(messages, { ...options[index], signal });
  return generateAll(options.length, start, interrupts, onPart);
}

/** Takes a part of choice `index`; the choice waits until it is done. */
export type OnPart = (part: GeneratePart, index: number) => Promise<void> | void;

/** Begins choice `index`. */
export type Start = (index: number, signal: AbortSignal) => AsyncIterable<GeneratePart>;

/** The same for choices of any kind. */
export async function generateAll(
  numChoices: number,
  start: Start,
  interrupts: Interrupts,
  onPart: OnPart,
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const failures: unknown[] = [];
  const fail = (error: unknown): void => {
    failures.push(error);
    controller.abort(error);
  };
  const onDisconnected = (): void => fail(new HttpError(499, "The client has disconnected"));
  const onEnded = (): void => {
    fail(new HttpError(503, "The server is closing", { type: "server_error", code: "server_closing" }));
  };
  if (interrupts.disconnected.aborted) onDisconnected();
  if (interrupts.ended.aborted) onEnded();
  interrupts.disconnected.addEventListener("abort", onDisconnected);
  interrupts.ended.addEventListener("abort", onEnded);
  const generate = async (index: number): Promise<void> => {
    let isStarted = false;
    try {
      for await (const part of start(index, signal)) {
        isStarted = true;
        await onPart(part, index);
      }
    } catch (error) {
      // Before the first part it is the engine's check of the request, such as a token id of logit_bias.
      const isRefused = error instanceof RangeError && !isStarted;
      fail(isRefused ? new HttpError(400, error.message, { code: "invalid_value" }) : error);
    }
  };
  try {
    await Promise.all(Array.from({ length: numChoices }, (_, index) => generate(index)));
  } finally {
    interrupts.disconnected.removeEventListener("abort", onDisconnected);
    interrupts.ended.removeEventListener("abort", onEnded);
  }
  if (failures.length > 0) throw failures[0];
}
