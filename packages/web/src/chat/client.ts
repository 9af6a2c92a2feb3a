import type { AnswerDetails, ChatCompletionChunk } from "@llamero/stack/api/chat-response";
import type { ErrorBody } from "@llamero/stack/api/errors";
import type { ModelEntry, ModelList } from "@llamero/stack/api/models";
import { EventDataParser } from "../shell/event-data.ts";

/** An answer of the server that is an error. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

function headers(key: string): Record<string, string> {
  return { "Content-Type": "application/json", ...(key !== "" && { Authorization: `Bearer ${key}` }) };
}

async function checked(response: Response): Promise<Response> {
  if (response.ok) return response;
  const body = (await response.json().catch(() => null)) as ErrorBody | null;
  throw new ServerError(body?.error.message ?? `The server answered ${response.status}`, response.status);
}

/** The models that the server has. */
export async function fetchModels(key: string): Promise<ModelEntry[]> {
  const response = await checked(await fetch("v1/models", { headers: headers(key) }));
  return ((await response.json()) as ModelList).data;
}

/** What an answer is asked with. */
export interface ChatQuery {
  key: string;
  model: string;
  messages: { role: string; content: string }[];
  temperature: number;
  signal: AbortSignal;
  onText: (text: string) => void;
}

/** What is known of an answer when it is complete. */
export interface AnswerSummary {
  details: AnswerDetails | null;
  finishReason: string | null;
}

/** Streams an answer. */
export async function streamChat(query: ChatQuery): Promise<AnswerSummary> {
  const { key, model, messages, temperature, signal, onText } = query;
  const response = await checked(
    await fetch("v1/chat/completions", {
      method: "POST",
      headers: headers(key),
      body: JSON.stringify({ model, messages, temperature, stream: true }),
      signal,
    }),
  );
  const parser = new EventDataParser();
  const summary: AnswerSummary = { details: null, finishReason: null };
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    for (const data of parser.push(value)) {
      if (data === "[DONE]") return summary;
      const chunk = JSON.parse(data) as ChatCompletionChunk | ErrorBody;
      if ("error" in chunk) throw new ServerError(chunk.error.message, response.status);
      const [choice] = chunk.choices;
      if (choice?.delta.content) onText(choice.delta.content);
      summary.finishReason = choice?.finish_reason ?? summary.finishReason;
      summary.details = chunk.llamero ?? summary.details;
    }
  }
  throw new ServerError("The connection ended before the answer did", response.status);
}
