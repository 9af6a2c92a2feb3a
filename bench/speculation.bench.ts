/**
 * Generation with n-gram speculation against without, in turns, on text that repeats its prompt and on text that does not.
 *
 *   LLAMERO_MODELS=folder node --conditions=@llamero/source --import tsx bench/speculation.bench.ts [--rounds 5] [--gen 160]
 *     [--model FILE] [--mode fast] [--max-draft 15] [--threads 2]
 *
 * Greedy, one answer at a time. A rate counts the tokens after the first; with one thread there is a second rate, of all
 * tokens by the processor time of this process, which leaves out what other processes take. The prefix cache holds the prompt from the
 * second round on. Every pair of answers is compared: in `fast` mode a batch of rows may round otherwise than one row.
 */
import { parseArgs } from "node:util";
import { type LoadedModel, loadModel, type Message, type Speculation } from "@llamero/core";
import type { Mode } from "@llamero/kernels";
import { modelPath } from "../packages/core/src/testdata.ts";
import { best, comparison, machineLine, median, record, type Samples } from "./paired.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    gen: { type: "string", default: "160" },
    model: { type: "string" },
    mode: { type: "string", default: "fast" },
    threads: { type: "string", default: "2" },
    "max-draft": { type: "string", default: "15" },
  },
});

const program = `function fetchUser(id) {
  const response = database.query("select * from users where id = ?", [id]);
  if (response.rows.length === 0) {
    throw new Error("There is no user with the id " + id);
  }
  const user = response.rows[0];
  return { id: user.id, name: user.name, email: user.email, createdAt: user.created_at };
}

function removeUser(id) {
  const response = database.query("delete from users where id = ?", [id]);
  if (response.affectedRows === 0) {
    throw new Error("There is no user with the id " + id);
  }
  return response.affectedRows;
}`;

const report = `The harbour of Marrow Bay was closed for three weeks in spring. "The sand came faster than our dredger could carry it away," said the harbour master, Ilse Brandt. "We have never seen a winter like this one."
Eleven fishing boats lay idle, and the cannery sent forty people home. "I told them to keep their boots dry and their phones on," said its owner, Tomas Rey. "Nobody was let go, and nobody will be."
The council has ordered a second dredger, which will cost four million crowns. "That is a lot of money for a small town, but a town without a harbour is no town at all," said the mayor, Jun Okafor.`;

/** Invented for this file. */
const tasks: Readonly<Record<string, string>> = {
  "code edit": `Rewrite this code with removeUser renamed to deleteUser, and change nothing else. Answer with the code only.\n\n${program}`,
  quotes: `List every sentence in quotation marks of this report, word for word, each with its speaker.\n\n${report}`,
  "no repetition": "Tell a story about a lighthouse keeper who finds a door in the sea.",
};

const path = options.model ?? modelPath("SmolLM2-135M-Instruct.Q4_1.gguf");
if (path === null) throw new Error("Set LLAMERO_MODELS to the folder of SmolLM2-135M-Instruct.Q4_1.gguf");
const speculation: Speculation = { kind: "ngram", maxDraft: Number(options["max-draft"]) };

async function generate(
  model: LoadedModel,
  text: string,
  guess: Speculation | null,
): Promise<{ ids: readonly number[]; rate: number; byProcessor: number; drafted: number; accepted: number }> {
  const before = process.cpuUsage();
  const messages: Message[] = [{ role: "user", content: text }];
  const settings = { maxTokens: Number(options.gen), sampling: { temperature: 0 }, speculation: guess };
  for await (const part of model.chat(messages, settings)) {
    if (part.type !== "finish") continue;
    const { draftedTokens: drafted = 0, acceptedTokens: accepted = 0 } = part.usage.speculation ?? {};
    const { user, system } = process.cpuUsage(before);
    const byProcessor = (part.ids.length * 1e6) / (user + system);
    return { ids: part.ids, rate: part.timings.decodeTokensPerSecond, byProcessor, drafted, accepted };
  }
  throw new Error("The generation did not finish");
}

console.log(machineLine());
await using model = await loadModel(path, {
  mode: options.mode as Mode,
  maxBatch: 1,
  context: 2048,
  threads: Number(options.threads),
});
const { backend, threads } = model.engine.info();
console.log(
  `${model.name}, ${backend}, ${threads} threads, ${options.mode} mode, greedy, ${options.gen} tokens at most`,
);
const [without, withGuesses]: [Samples, Samples] = [new Map(), new Map()];
const notes: string[] = [];
for (let round = 0; round <= Number(options.rounds); round++) {
  for (const [name, text] of Object.entries(tasks)) {
    const plain = await generate(model, text, null);
    const guessed = await generate(model, text, speculation);
    if (round === 0) continue;
    record(without, name, plain.rate);
    record(withGuesses, name, guessed.rate);
    if (threads === 1) {
      record(without, `${name}, by processor time`, plain.byProcessor);
      record(withGuesses, `${name}, by processor time`, guessed.byProcessor);
    }
    const firstOther = plain.ids.findIndex((id, i) => id !== guessed.ids[i]);
    const same = firstOther < 0 ? "same tokens" : `other tokens from ${firstOther} on`;
    notes.push(
      `${name}, round ${round}: ${plain.ids.length} and ${guessed.ids.length} tokens, ${same}; ` +
        `${guessed.accepted} of ${guessed.drafted} guesses accepted`,
    );
  }
}
console.log(comparison(["without", without], ["n-gram", withGuesses]));
for (const name of without.keys()) {
  const ratios = withGuesses.get(name)!.map((rate, i) => rate / without.get(name)![i]!);
  console.log(
    `\n${name}: ratio of each pair: best ${best(ratios).toFixed(2)}, median ${median(ratios).toFixed(2)}`,
  );
}
console.log(`\n${notes.join("\n")}`);
