/**
 * Prompts whose answers rules can judge, for a round of preferences: drawn by the generators with seeds of their own,
 * and of people: commands that sound dangerous ("Kill a process") and instructions, which are not to be refused.
 * Writes `prompts.jsonl` and `held-out.prompts.jsonl`, which share no names and no invented words;
 * `held-out-instructions.prompts.jsonl`, by which a round shows what it costs: instructions with one right answer, of which
 * there are none among the prompts; and `anchors.jsonl`: unsafe requests whose refusal is preferred to an answer. A model that refuses nearly all of them
 * gives no such pairs by itself, and would learn from the others to refuse less of everything.
 *
 *   make-prompts.ts --out FOLDER --data ../shared/data
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { ChatMessage, Conversation, Json } from "./conversation.ts";
import { makeSkill } from "./make-skill.ts";
import { createRandom } from "./random.ts";
import { makeInstruction } from "./skills/instructions.ts";
import { makeSafety } from "./skills/safety.ts";
import { skills } from "./skills.ts";
import { readRecords } from "./text/read-passages.ts";
import type { Split } from "./world.ts";

interface Prompt {
  messages: readonly ChatMessage[];
  tools?: Conversation["tools"];
  expect: Readonly<Record<string, Json>>;
  skill: string;
}

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    data: { type: "string", default: "../shared/data" },
    seed: { type: "string", default: "9001" },
    /** Passages to learn from, and held-out ones; as many calls, and twice as many of each kind of request. */
    count: { type: "string", default: "60" },
    held: { type: "string", default: "20" },
    /** Held-out instructions: with 400, a point is four of them. */
    instructions: { type: "string", default: "400" },
  },
});
if (values.out === undefined) throw new TypeError("No folder to write to; name one with --out");
const out = resolve(values.out);
mkdirSync(out, { recursive: true });

/** The conversation up to the first answer, and that answer. */
function firstAnswer({ messages }: Conversation): [ChatMessage[], ChatMessage & { role: "assistant" }] {
  const at = messages.findIndex(({ role }) => role === "assistant");
  return [messages.slice(0, at), messages[at] as ChatMessage & { role: "assistant" }];
}

/** How the conversations of a skill become prompts; null where no rule can judge the answer. */
const readers: Readonly<Record<string, (conversation: Conversation) => Prompt | null>> = {
  passages(conversation) {
    const [messages, { content }] = firstAnswer(conversation);
    return { messages, expect: { answer: content }, skill: "passages" };
  },
  tools(conversation) {
    const [messages, answer] = firstAnswer(conversation);
    const call = answer.tool_calls?.[0]?.function;
    if (call === undefined) return null;
    const expect = { call: { name: call.name, arguments: JSON.parse(call.arguments) as Json } };
    return { messages, tools: conversation.tools, expect, skill: "tools" };
  },
  safety(conversation) {
    if (conversation.kind !== "unsafe" && conversation.kind !== "benign") return null;
    const refuses = conversation.kind === "unsafe";
    const skill = refuses ? "unsafe" : "harmless";
    return { messages: firstAnswer(conversation)[0], expect: { refuses }, skill };
  },
};

function drawn(name: string, count: number, split: Split): Prompt[] {
  const { make } = skills.find((skill) => skill.name === name)!;
  // Not all conversations have a prompt.
  const { conversations } = makeSkill(name, make, { count: 8 * count, seed: Number(values.seed), split });
  return conversations.flatMap((each) => readers[name]!(each) ?? []).slice(0, count);
}

const sounds =
  /\b(kill|destroy|crack|attack|shoot|bomb|steal|hack|break|poison|dump|wipe|erase|hide|secret|spy|kick|ban|block|force|exploit|sniff|inject|scan|password|burn|cut|strip|trap|hang|abort|terminate|remove|delete)\w*\b/i;

/** Harmless requests of people. */
function ofPeople(): Prompt[] {
  const file = (name: string): string => join(resolve(values.data), "sft", name);
  const harmless = (content: string): Prompt => ({
    messages: [{ role: "user", content }],
    expect: { refuses: false },
    skill: "people",
  });
  const random = createRandom(Number(values.seed));
  const tasks = readRecords(file("tldr_task_command_pairs.jsonl.zst"))
    .filter(({ lang, task }) => lang === "en" && sounds.test(String(task)) && String(task).length < 80)
    .map(({ task }) => {
      const plain = String(task).replace(/[.:]$/, "");
      const act = plain[0]!.toLowerCase() + plain.slice(1);
      return harmless(
        random.pick([`How do I ${act}?`, `Tell me how to ${act}.`, `How can I ${act}?`, plain]),
      );
    });
  const instructions = readRecords(file("self_instruct_user_oriented_252.jsonl"))
    .concat(readRecords(file("self_instruct_seed_tasks_175.jsonl")))
    .map(({ instruction }) => String(instruction))
    .filter((text) => text.length < 120)
    .map(harmless);
  const commands = random.shuffle(tasks).slice(0, 2 * instructions.length);
  return random.shuffle([...commands, ...instructions]);
}

const people = ofPeople();
function write(name: string, count: number, split: Split, ofPeople: readonly Prompt[]): void {
  const prompts = [
    // Half of the conversations on safety are refused, and false refusals are what there is most to learn about.
    ...drawn("safety", 4 * count, split),
    ...ofPeople.slice(0, 2 * count),
    ...drawn("passages", count, split),
    ...drawn("tools", count, split),
  ];
  writeFileSync(join(out, name), prompts.map((prompt) => `${JSON.stringify(prompt)}\n`).join(""));
  process.stdout.write(`${name}: ${prompts.length} prompts\n`);
}

const held = Number(values.held);
write("held-out.prompts.jsonl", held, "valid", people.slice(0, 2 * held));
write("prompts.jsonl", Number(values.count), "train", people.slice(2 * held));

/** Instructions that have one right answer, word for word. */
const exactKinds: ReadonlySet<string> = new Set(
  `add bullets copy-sentence count-to first first-word join last last-word lower-list lower-sentence numbered question-mark
  remove repeat repeat-word replace-word reverse-list second sort sort-numbers spell three-times twice upper upper-list
  upper-sentence`.split(/\s+/),
);

const wanted = Number(values.instructions);
const instructions = makeSkill("instructions", makeInstruction, {
  count: 8 * wanted,
  seed: Number(values.seed),
  split: "valid",
})
  .conversations.filter(({ kind }) => exactKinds.has(kind))
  .slice(0, wanted)
  .map((conversation): Prompt => {
    const [messages, { content }] = firstAnswer(conversation);
    return { messages, expect: { answer: content }, skill: "instructions" };
  });
writeFileSync(
  join(out, "held-out-instructions.prompts.jsonl"),
  instructions.map((prompt) => `${JSON.stringify(prompt)}\n`).join(""),
);
process.stdout.write(`held-out-instructions.prompts.jsonl: ${instructions.length} prompts\n`);

/** Conversations about safety of one kind: a fifth of the pairs, or refusals spread to what is harmless. */
function ofKind(kind: string): Conversation[] {
  const count = Math.ceil(Number(values.count) / 4);
  const seed = Number(values.seed) + 1;
  const { conversations } = makeSkill("safety", makeSafety, { count: 20 * count, seed, split: "train" });
  return conversations.filter((each) => each.kind === kind).slice(0, count);
}

const harmless = ofKind("benign");
const anchors = ofKind("unsafe").map((unsafe, at) => {
  const [prompt, refusal] = firstAnswer(unsafe);
  return { prompt, chosen: [refusal], rejected: [firstAnswer(harmless[at]!)[1]] };
});
writeFileSync(join(out, "anchors.jsonl"), anchors.map((pair) => `${JSON.stringify(pair)}\n`).join(""));
process.stdout.write(`anchors.jsonl: ${anchors.length} pairs\n`);
