import type { Generator } from "./conversation.ts";
import { makeChat } from "./skills/chat.ts";
import { makeGreeting } from "./skills/greetings.ts";
import { makeInstruction } from "./skills/instructions.ts";
import { makePassage } from "./skills/passages.ts";
import { makeSafety } from "./skills/safety.ts";
import { makeToolUse } from "./skills/tools.ts";

/** A skill, what makes its conversations, and how many a full run has. */
export interface Skill {
  name: string;
  make: Generator;
  records: number;
}

/** The skills of Cria. */
export const skills: readonly Skill[] = [
  { name: "chat", make: makeChat, records: 4500 },
  { name: "instructions", make: makeInstruction, records: 8000 },
  { name: "passages", make: makePassage, records: 6000 },
  { name: "tools", make: makeToolUse, records: 4500 },
  { name: "safety", make: makeSafety, records: 3500 },
  { name: "greetings", make: makeGreeting, records: 1800 },
];
