import type { Json } from "../../api/json.ts";

export interface RpcRequest {
  jsonrpc: "2.0";
  id: number;
  method: string;
  params?: Json | undefined;
}

/** A message from the other side: an answer, a question of its own, or a notification. */
export interface RpcMessage {
  id?: number | string | undefined;
  method?: string | undefined;
  params?: Json | undefined;
  result?: Json | undefined;
  error?: { code: number; message: string } | undefined;
}

/** Text -> the messages in it; null where it is no JSON-RPC. */
export function readMessages(text: string): RpcMessage[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const all = Array.isArray(value) ? value : [value];
  const isMessage = (each: unknown): each is RpcMessage =>
    typeof each === "object" && each !== null && !Array.isArray(each);
  return all.every(isMessage) ? all : null;
}

/** What a client that only calls tools says to a question of the server; null for what needs no answer. */
export function answerTo({ id, method }: RpcMessage): Json | null {
  if (id === undefined || method === undefined) return null;
  if (method === "ping") return { jsonrpc: "2.0", id, result: {} };
  return { jsonrpc: "2.0", id, error: { code: -32601, message: `This client does not do ${method}` } };
}
