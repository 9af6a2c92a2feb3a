import type { Conversation, Generator } from "./conversation.ts";
import { createRandom, hashText } from "./random.ts";
import { createWorld, type Split } from "./world.ts";

/** Conversations of one skill, and what was made for them. */
export interface SkillData {
  conversations: Conversation[];
  /** Drawn again because the same conversation was there already. */
  duplicates: number;
  /** How many of each kind. */
  kinds: Readonly<Record<string, number>>;
}

/** `count` different conversations; the same name, seed and part give the same ones. */
export function makeSkill(
  name: string,
  make: Generator,
  options: { count: number; seed: number; split: Split; isTaken?: (key: string) => boolean },
): SkillData {
  const { count, seed, split } = options;
  const world = createWorld(createRandom(hashText(`${name}/${split}/${seed}`)), split);
  const seen = new Set<string>();
  const conversations: Conversation[] = [];
  const kinds: Record<string, number> = {};
  let duplicates = 0;
  while (conversations.length < count && duplicates < 20 * count) {
    const conversation = make(world);
    const key = keyOf(conversation);
    if (seen.has(key) || options.isTaken?.(key) === true) {
      duplicates++;
      continue;
    }
    seen.add(key);
    conversations.push(conversation);
    kinds[conversation.kind] = (kinds[conversation.kind] ?? 0) + 1;
  }
  return { conversations, duplicates, kinds };
}

/** What two conversations that are the same share: every word of the messages, whatever their case. */
export const keyOf = ({ messages }: Conversation): string =>
  messages.map(({ content }) => content.toLowerCase()).join("\u0000");
