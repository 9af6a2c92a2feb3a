import type { Generator } from "./conversation.ts";
import { makeChat } from "./skills/chat.ts";
import { makeCopying } from "./skills/copying.ts";
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
  { name: "chat", make: makeChat, records: 8000 },
  { name: "instructions", make: makeInstruction, records: 14000 },
  { name: "passages", make: makePassage, records: 16000 },
  { name: "tools", make: makeToolUse, records: 12000 },
  { name: "safety", make: makeSafety, records: 6000 },
  { name: "copying", make: makeCopying, records: 40000 },
  { name: "greetings", make: makeGreeting, records: 3000 },
];
