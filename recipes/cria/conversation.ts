import type { World } from "./world.ts";

/** A JSON value as it stands in files. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A tool as the OpenAI form has it. */
export interface ToolSpec {
  type: "function";
  function: { name: string; description: string; parameters: { readonly [key: string]: Json } };
}

/** A message as the OpenAI form has it. */
export type ChatMessage =
  | { role: "system" | "user"; content: string }
  | { role: "assistant"; content: string; tool_calls?: readonly ToolCallSpec[] }
  | { role: "tool"; tool_call_id: string; name: string; content: string };

export interface ToolCallSpec {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

/** One record of the data. */
export interface Conversation {
  messages: readonly ChatMessage[];
  tools?: readonly ToolSpec[];
  /** The kind of exchange, for counts; trainers leave it out. */
  kind: string;
}

/** Makes one conversation of a skill. */
export type Generator = (world: World) => Conversation;

/** Makes questions and answers of one kind; a skill is a weighted list of these. */
export interface Kind {
  name: string;
  weight: number;
  make: Generator;
}

/** A conversation of plain turns, the user's first. */
export function talk(kind: string, ...turns: readonly string[]): Conversation {
  return {
    kind,
    messages: turns.map((content, index) => ({ role: index % 2 === 0 ? "user" : "assistant", content })),
  };
}

/** A generator that draws from the kinds by their weights. */
export function mixKinds(kinds: readonly Kind[]): Generator {
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
  return (world) => {
    let left = world.random.next() * total;
    for (const kind of kinds) {
      left -= kind.weight;
      if (left <= 0) return kind.make(world);
    }
    return kinds.at(-1)!.make(world);
  };
}

/** The text with each {slot} filled in. */
export function fill(template: string, slots: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(slots[name] ?? whole));
}

/** The text with its first letter large. */
export const sentenceCase = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** a or an before the word. */
export const withArticle = (word: string): string =>
  `${/^[aeio]|^u(?!n?i)/i.test(word) ? "an" : "a"} ${word}`;

/** The text with "an" before vowels. */
export const withAn = (text: string): string => text.replace(/\b([Aa]) ([aeiou])/g, "$1n $2");

/** apples, pears and plums. */
export function joinList(items: readonly string[], last = "and"): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} ${last} ${items.at(-1)!}`;
}
