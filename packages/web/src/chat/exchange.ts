import { type Conversation, newConversation, type Turn, titleOf } from "./conversation.ts";

const format = "llamero-conversations";

/** A file of conversations. */
export function exportConversations(conversations: readonly Conversation[]): string {
  return `${JSON.stringify({ format, version: 1, conversations }, null, 2)}\n`;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readTurn(value: unknown, ids: ReadonlySet<unknown>): Turn {
  if (!isRecord(value)) throw new SyntaxError("A message is not an object");
  const { id, parent, role, content } = value;
  if (typeof id !== "string" || typeof content !== "string" || (role !== "user" && role !== "assistant"))
    throw new SyntaxError("A message lacks its id, its role or its content");
  if (parent !== null && !ids.has(parent)) throw new SyntaxError(`Message ${id} follows one that is missing`);
  const { attachments } = value;
  const isFile = (each: unknown): boolean =>
    isRecord(each) && typeof each["name"] === "string" && typeof each["text"] === "string";
  if (attachments !== undefined && !(Array.isArray(attachments) && attachments.every(isFile)))
    throw new SyntaxError(`The files of message ${id} cannot be read`);
  return value as unknown as Turn;
}

function readConversation(value: unknown): Conversation {
  if (!isRecord(value) || !Array.isArray(value["turns"]))
    throw new SyntaxError("A conversation has no messages");
  const ids = new Set(value["turns"].map((turn) => (isRecord(turn) ? turn["id"] : undefined)));
  const turns = value["turns"].map((turn) => readTurn(turn, ids));
  const fresh = newConversation();
  const { title, leaf, system, changed } = value;
  const or = <T>(given: unknown, otherwise: T): T =>
    typeof given === typeof otherwise ? (given as T) : otherwise;
  return {
    // A new id: to read a file in again never overwrites what was written since.
    id: fresh.id,
    title: or(title, titleOf(turns[0]?.content ?? "")),
    changed: or(changed, fresh.changed),
    turns,
    leaf: ids.has(leaf) ? (leaf as string) : (turns.at(-1)?.id ?? null),
    system: or(system, ""),
    sampling: { ...fresh.sampling, ...(isRecord(value["sampling"]) && value["sampling"]) },
    // What was chosen elsewhere, such as servers of tools, is not switched on by reading a file.
    tools: fresh.tools,
  };
}

/** Conversations of a file that was exported; throws `SyntaxError` for anything else. */
export function importConversations(text: string): Conversation[] {
  const file: unknown = JSON.parse(text);
  if (!isRecord(file) || file["format"] !== format || !Array.isArray(file["conversations"]))
    throw new SyntaxError("The file holds no conversations");
  return file["conversations"].map(readConversation);
}
