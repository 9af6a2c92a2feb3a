import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Conversation } from "../conversation.ts";
import { createRandom, hashText } from "../random.ts";
import { makeChat } from "../skills/chat.ts";
import { makeGreeting } from "../skills/greetings.ts";
import { makeInstruction } from "../skills/instructions.ts";
import { makePassage } from "../skills/passages.ts";
import { dayOf, storyFor } from "../skills/story.ts";
import { things } from "../words/everyday.ts";
import { createWorld, type World } from "../world.ts";
import { factLines } from "./facts.ts";
import type { TextCount } from "./make-text.ts";

interface DocumentKind {
  name: string;
  bytes: number;
  make: (world: World) => string;
}

const speakers: readonly (readonly [string, string])[] = [
  ["User", "Cria"],
  ["Question", "Answer"],
  ["Q", "A"],
  ["A", "B"],
];

/** A conversation as plain text with the speakers' names. */
function asText(world: World, { messages }: Conversation): string {
  const [user, assistant] = world.random.pick(speakers);
  return messages
    .filter(({ role }) => role !== "system")
    .map(({ role, content }) => `${role === "user" ? user : assistant}: ${content}`)
    .join("\n");
}

const several = (world: World, count: number, make: () => string): string =>
  Array.from({ length: world.random.int(1, count) }, make).join("\n\n");

const kinds: readonly DocumentKind[] = [
  {
    name: "stories",
    bytes: 2.5e6,
    make: (world) =>
      several(world, 4, () => storyFor(world, world.random.pick(things), world.random.int(3, 8))),
  },
  { name: "days", bytes: 0.6e6, make: (world) => several(world, 3, () => dayOf(world)) },
  { name: "facts", bytes: 1.2e6, make: factLines },
  {
    name: "dialogues",
    bytes: 4e6,
    make: (world) =>
      several(world, 5, () =>
        asText(
          world,
          world.random.pick([
            makeChat,
            makeInstruction,
            makeInstruction,
            makePassage,
            makePassage,
            makeGreeting,
          ])(world),
        ),
      ),
  },
];

/** Documents written by the generators, in `out/<kind>.jsonl` and `.valid.jsonl`. */
export function makeDocuments(out: string, options: { scale: number; seed: number }): TextCount[] {
  return kinds.map(({ name, bytes, make }) => {
    const write = (split: "train" | "valid", budget: number): { records: number; bytes: number } => {
      const world = createWorld(createRandom(hashText(`documents/${name}/${split}/${options.seed}`)), split);
      const texts = new Set<string>();
      let total = 0;
      for (let attempt = 0; total < budget && attempt < budget / 20; attempt++) {
        const text = make(world);
        if (texts.has(text)) continue;
        texts.add(text);
        total += Buffer.byteLength(text);
      }
      const suffix = split === "train" ? "" : ".valid";
      writeFileSync(
        join(out, `${name}${suffix}.jsonl`),
        [...texts].map((text) => `${JSON.stringify({ text })}\n`).join(""),
      );
      return { records: texts.size, bytes: total };
    };
    const counts = write("train", bytes * options.scale);
    write("valid", Math.max(20_000, bytes * options.scale * 0.01));
    return { name, license: "Apache-2.0", credit: "generators of this repository", ...counts };
  });
}
