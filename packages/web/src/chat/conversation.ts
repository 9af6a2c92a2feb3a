import type { AnswerDetails } from "@llamero/stack/api/chat-response";
import type { OutputItem } from "@llamero/stack/api/responses-items";

/** A text file that goes with a message. */
export interface Attachment {
  name: string;
  text: string;
}

/** What a shield found, as the server reports it. */
export interface ShownVerdict {
  shield: string;
  categories: readonly string[];
  reason: string;
}

/** What a tool of the server did, or waits to be allowed to do: items of a response but for its messages. */
export type Step = Exclude<OutputItem, { type: "message" }>;

/** A message of the conversation. Several with one parent and one role are versions of each other. */
export interface Turn {
  id: string;
  /** The message before; null for the first. */
  parent: string | null;
  role: "user" | "assistant";
  content: string;
  attachments?: Attachment[] | undefined;
  steps?: Step[] | undefined;
  /** Answers to requests for approval, by the id of the request. */
  approvals?: Record<string, boolean> | undefined;
  /** The response that goes on when what it asks for is approved. */
  responseId?: string | undefined;
  /** Said instead of an answer. */
  refusal?: string | undefined;
  verdicts?: readonly ShownVerdict[] | undefined;
  model?: string | undefined;
  /** Why the answer ended, as the server says it; `aborted` when the reader stopped it. */
  finish?: string | undefined;
  usage?: Usage | undefined;
}

/** Tokens of the context after an answer, as the server counted them. */
export interface Usage {
  used: number;
  /** Null where the server did not say. */
  limit: number | null;
  /** Tokens of the prompt by origin. */
  ledger?: AnswerDetails["ledger"];
  tokensPerSecond?: number | undefined;
}

/** How answers are sampled; null leaves it to the server. */
export interface Sampling {
  temperature: number | null;
  topP: number | null;
  maxTokens: number | null;
  seed: number | null;
}

/** Tools that the server may use while it answers. */
export interface Tools {
  calculator: boolean;
  webSearch: boolean;
  codeInterpreter: boolean;
  vectorStores: string[];
  mcpServers: { label: string; url: string; asks: boolean }[];
}

export interface Conversation {
  id: string;
  title: string;
  /** Milliseconds since 1970. */
  changed: number;
  turns: Turn[];
  /** The last message of the version that is shown. */
  leaf: string | null;
  system: string;
  sampling: Sampling;
  tools: Tools;
}

export const defaultSampling: Sampling = { temperature: 0.6, topP: null, maxTokens: null, seed: null };
export const noTools: Tools = {
  calculator: false,
  webSearch: false,
  codeInterpreter: false,
  vectorStores: [],
  mcpServers: [],
};

/** A new conversation, which begins with the settings of another. */
export function newConversation(like?: Conversation): Conversation {
  return {
    id: crypto.randomUUID(),
    title: "",
    changed: Date.now(),
    turns: [],
    leaf: null,
    system: like?.system ?? "",
    sampling: { ...(like?.sampling ?? defaultSampling) },
    tools: structuredClone(like?.tools ?? noTools),
  };
}

/** The messages of the version that is shown, first to last. */
export function shownTurns({ turns, leaf }: Conversation): Turn[] {
  const byId = new Map(turns.map((turn) => [turn.id, turn]));
  const path: Turn[] = [];
  for (let at = byId.get(leaf ?? ""); at !== undefined; at = byId.get(at.parent ?? "")) {
    path.push(at);
    byId.delete(at.id);
  }
  return path.reverse();
}

/** All versions of a message, oldest first. */
export function versionsOf({ turns }: Conversation, { parent, role }: Turn): Turn[] {
  return turns.filter((turn) => turn.parent === parent && turn.role === role);
}

/** Shows a version of a message, with what came last after it. */
export function showVersion(conversation: Conversation, id: string): void {
  let at = id;
  for (;;) {
    const next = conversation.turns.findLast(({ parent }) => parent === at);
    if (next === undefined) break;
    at = next.id;
  }
  conversation.leaf = at;
}

/** Adds a message after another and shows it. */
export function addTurn(
  conversation: Conversation,
  parent: string | null,
  fields: Omit<Turn, "id" | "parent">,
): Turn {
  const turn: Turn = { id: crypto.randomUUID(), parent, ...fields };
  conversation.turns.push(turn);
  conversation.leaf = turn.id;
  conversation.changed = Date.now();
  if (conversation.title === "") conversation.title = titleOf(turn.content);
  return turn;
}

/** Takes a message out of the conversation again; what comes before it is shown. */
export function removeTurn(conversation: Conversation, { id, parent }: Turn): void {
  conversation.turns = conversation.turns.filter((turn) => turn.id !== id);
  if (conversation.leaf === id) conversation.leaf = parent;
}

/** The first line of a text, cut to what a list has room for. */
export function titleOf(text: string): string {
  const line = text.trim().split("\n", 1)[0]!;
  const characters = [...line];
  return characters.length > 60 ? `${characters.slice(0, 59).join("").trimEnd()}…` : line;
}

/** Requests for approval that nobody has answered. */
export function openApprovals({ steps = [], approvals = {} }: Turn): string[] {
  return steps
    .filter(({ type, id }) => type === "mcp_approval_request" && approvals[id] === undefined)
    .map(({ id }) => id);
}
