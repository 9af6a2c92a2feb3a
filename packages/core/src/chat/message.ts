/** The only message type below the wire: server, command line, training and evaluation all use it. */
export type Message =
  | { role: "system"; content: string; trainable?: boolean }
  | { role: "user"; content: string; trainable?: boolean }
  | { role: "assistant"; content: string; toolCalls?: readonly ToolCall[]; trainable?: boolean }
  | { role: "tool"; toolCallId: string; name: string; content: string; trainable?: boolean };

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export interface ToolCall {
  id: string;
  name: string;
  arguments: Readonly<Record<string, JsonValue>>;
}

/** A function the model may call; `parameters` is a JSON Schema object. */
export interface ToolDefinition {
  name: string;
  description: string;
  parameters: Readonly<Record<string, JsonValue>>;
  /** Arguments are held to the schema, which must be one that a grammar can enforce. */
  isStrict?: boolean;
}

/** Ids of a rendered conversation; `mask[i]` is 1 where the loss applies (tokens a trainable assistant wrote). */
export interface RenderedChat {
  ids: number[];
  mask: Uint8Array;
  /** Tokens by origin, for the context ledger. */
  ledger: { system: number; messages: number; tools: number; template: number };
}
