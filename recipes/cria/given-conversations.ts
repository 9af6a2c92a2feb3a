import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Conversation, talk } from "./conversation.ts";
import { createRandom } from "./random.ts";
import { type Fields, readRecords } from "./text/read-passages.ts";

/** Pairs of a task and its command that are taken: as many as there are word problems. */
const mostCommands = 7473;

const instructionOf = ({ instruction, instances }: Fields): Conversation[] =>
  (instances as readonly { input: string; output: string }[]).map(({ input, output }) =>
    talk("instruction", input === "" ? String(instruction) : `${String(instruction)}\n\n${input}`, output),
  );

/** Conversations that are not learned from. */
const numHeld = 150;

/**
 * Writes questions and answers that people wrote as conversations, instructions, word problems and commands, into
 * `given.jsonl`, and some of them into `given.valid.jsonl`.
 */
export function writeGivenConversations(data: string, out: string): void {
  const read = (name: string): Fields[] => readRecords(join(data, "sft", name));
  const commands = read("tldr_task_command_pairs.jsonl.zst").filter(({ lang }) => lang === "en");
  const random = createRandom(1);
  const conversations = [
    ...read("self_instruct_seed_tasks_175.jsonl").flatMap(instructionOf),
    ...read("self_instruct_user_oriented_252.jsonl").flatMap(instructionOf),
    ...read("gsm8k_train.jsonl").map(({ question, answer }) =>
      talk("problem", String(question), String(answer).replace(/<<[^>]*>>/g, "")),
    ),
    ...random
      .shuffle(commands)
      .slice(0, mostCommands)
      .map(({ task, command }) => talk("command", String(task), String(command))),
  ].filter(({ messages }) => messages.every(({ content }) => content.trim() !== ""));
  const shuffled = random.shuffle(conversations);
  const write = (name: string, some: readonly Conversation[]): void =>
    writeFileSync(join(out, name), some.map(({ messages }) => `${JSON.stringify({ messages })}\n`).join(""));
  write("given.valid.jsonl", shuffled.slice(0, numHeld));
  write("given.jsonl", shuffled.slice(numHeld));
}
