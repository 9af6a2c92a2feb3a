/**
 * Chats of six turns that the model itself plays, its answers at temperature 0, with what users of the generators say.
 * Where it says again what it has said, or runs in circles, the conversation up to there becomes a prompt: a good answer
 * is any other. Writes `chats.jsonl` and `held-out-chats.prompts.jsonl`.
 *
 *   play-chats.ts MODEL --out FOLDER
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { loadModel, type Message, openCheckpoint } from "@llamero/core";
import { LocalGenerator } from "@llamero/eval";
import { formRules } from "../../packages/train/src/reward/verifiers.ts";
import { makeSkill } from "./make-skill.ts";
import { makeChat } from "./skills/chat.ts";
import type { Split } from "./world.ts";

const numTurns = 6;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string" },
    seed: { type: "string", default: "9002" },
    count: { type: "string", default: "150" },
    held: { type: "string", default: "60" },
  },
});
const [path] = positionals;
if (path === undefined || values.out === undefined)
  throw new TypeError("Name a model and a folder: play-chats.ts MODEL --out FOLDER");
const out = resolve(values.out);
mkdirSync(out, { recursive: true });

const checkpoint = openCheckpoint(path);
await using model = await loadModel(checkpoint, { context: 1024, maxBatch: 16, mode: "exact" });
const generator = await LocalGenerator.create(model, {});

/** What a user says in six turns: those of several generated conversations. */
function sayings(count: number, split: Split): string[][] {
  const options = { count: count * numTurns, seed: Number(values.seed), split };
  const said = makeSkill("chat", makeChat, options).conversations.flatMap(({ messages }) =>
    messages.flatMap(({ role, content }) => (role === "user" ? [content] : [])),
  );
  return Array.from({ length: count }, (_, at) => said.slice(at * numTurns, (at + 1) * numTurns));
}

const loops = (answer: string, before: readonly Message[]): boolean =>
  ["no-loop", "no-repeat"].some((rule) => formRules[rule]!(answer, before) !== null);

/** The conversation up to where the model repeats itself; all of it where it does not. */
async function play(turns: readonly string[]): Promise<{ messages: Message[]; isLoop: boolean }> {
  const messages: Message[] = [];
  for (const content of turns) {
    messages.push({ role: "user", content });
    const prompt = { kind: "chat", messages: [...messages] } as const;
    const sampling = { maxTokens: 64, temperature: 0, topP: 1, seed: 1, stop: [] };
    const { text } = await generator.generate({ prompt, ...sampling });
    if (loops(text, messages)) return { messages, isLoop: true };
    if (messages.length < 2 * numTurns - 1) messages.push({ role: "assistant", content: text });
  }
  return { messages, isLoop: false };
}

async function write(name: string, count: number, split: Split, wantsAll: boolean): Promise<void> {
  const chats = await Promise.all(sayings(count, split).map(play));
  const looped = chats.filter(({ isLoop }) => isLoop);
  const kept = wantsAll || looped.length === 0 ? chats : looped;
  const lines = kept.map(({ messages }) => `${JSON.stringify({ messages, expect: {}, skill: "chat" })}\n`);
  writeFileSync(join(out, name), lines.join(""));
  process.stdout.write(`${name}: ${count} chats, ${looped.length} with a loop\n`);
}

await write("held-out-chats.prompts.jsonl", Number(values.held), "valid", true);
await write("chats.jsonl", Number(values.count), "train", false);
