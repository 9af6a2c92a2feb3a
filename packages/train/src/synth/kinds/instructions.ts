import { objectOf } from "../json-form.ts";
import { type Draft, type ItemContext, pick } from "../kind.ts";
import { activities, builtinSeeds, instructionPrompt, topics } from "../prompts.ts";

const schema = objectOf({
  instruction: { type: "string", minLength: 1, maxLength: 1200 },
  input: { type: "string", maxLength: 4000 },
});

/** Examples of each request that comes from people, and from earlier waves. */
const numSeedExamples = 4;
const numEarlierExamples = 2;

/** A new instruction in the manner of self-instruct: from examples, with a drawn subject and activity. */
export async function inventInstruction(context: ItemContext): Promise<string> {
  const { documents, earlier, random, language, teacher, task } = context;
  const seeds = task.source?.use === "seeds" ? documents.map(({ text }) => text) : builtinSeeds;
  const examples = [...draw(seeds, numSeedExamples, random), ...draw(earlier, numEarlierExamples, random)];
  const drawn = { topic: pick(topics, random), activity: pick(activities, random), language };
  const made = await teacher.askJson<{ instruction: string; input: string }>(
    instructionPrompt(examples, drawn),
    schema,
    { maxTokens: 700 },
  );
  const instruction = made.instruction.trim();
  const input = made.input.trim();
  return input === "" || instruction.includes(input) ? instruction : `${instruction}\n\n${input}`;
}

/** An instruction and its answer. */
export async function makeInstruction(context: ItemContext): Promise<Draft> {
  const prompt = await inventInstruction(context);
  const question = { role: "user" as const, content: prompt };
  const content = await context.teacher.ask([question]);
  return { messages: [question, { role: "assistant", content }], prompt, checksLanguage: true, meta: {} };
}

function draw(list: readonly string[], count: number, random: () => number): string[] {
  const left = [...list];
  const drawn: string[] = [];
  while (drawn.length < count && left.length > 0)
    drawn.push(left.splice(Math.floor(random() * left.length), 1)[0]!);
  return drawn;
}
