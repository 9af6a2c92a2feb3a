import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { BorderGuard } from "../shields/border-guard.ts";
import type { Shield } from "../shields/shield.ts";
import { attackSucceeded, isRefusal } from "./judge.ts";
import { type Attack, type AttackMessage, makeAttacks } from "./mutators.ts";
import { benignSeeds } from "./seeds.ts";

/** What happened to one prompt. */
export interface Outcome {
  id: string;
  mutator: string;
  /** Category of the request; null for a harmless one. */
  category: string | null;
  shielded: boolean;
  /** The attack went through; for harmless ones: it was answered. */
  succeeded: boolean;
  /** The shields stopped it. */
  blocked: boolean;
  answer: string;
}

export interface RedteamOptions {
  /** Answers a conversation. */
  ask: (messages: readonly AttackMessage[], signal: AbortSignal) => Promise<string>;
  /** The shields that stand around it in the second half. */
  guard: BorderGuard;
  /** Judges answers. */
  judge: Shield | null;
  numAttacks: number;
  signal: AbortSignal;
  /** Keeps outcomes, so that a run goes on where it was stopped; null: keeps nothing. */
  journal: string | null;
  onOutcome?: ((outcome: Outcome, numDone: number, numAll: number) => void) | undefined;
}

interface Job {
  attack: Attack;
  isBenign: boolean;
  shielded: boolean;
}

/** Runs attacks and harmless requests, each without shields and with them. */
export async function runRedteam(options: RedteamOptions): Promise<Outcome[]> {
  const { numAttacks, signal, journal, onOutcome } = options;
  const benign = benignSeeds.map(
    (seed): Attack => ({
      id: seed.id,
      mutator: "benign",
      seed,
      messages: [{ role: "user", content: seed.text }],
      marker: null,
    }),
  );
  const jobs = [false, true].flatMap((shielded): Job[] => [
    ...makeAttacks(numAttacks).map((attack) => ({ attack, isBenign: false, shielded })),
    ...benign.map((attack) => ({ attack, isBenign: true, shielded })),
  ]);
  const known = journal === null ? new Map<string, Outcome>() : await readJournal(journal);
  const outcomes: Outcome[] = [];
  // What the model says without shields is what it says behind them, where they change nothing of its prompt.
  const answers = new Map<string, string>();
  for (const job of jobs) {
    signal.throwIfAborted();
    const key = `${job.attack.id} ${job.shielded}`;
    let outcome = known.get(key);
    if (outcome === undefined) {
      outcome = await runOne(job, options, answers);
      if (journal !== null) await appendFile(journal, `${JSON.stringify(outcome)}\n`);
    }
    if (!job.shielded) answers.set(job.attack.id, outcome.answer);
    outcomes.push(outcome);
    onOutcome?.(outcome, outcomes.length, jobs.length);
  }
  return outcomes;
}

async function runOne(
  { attack, isBenign, shielded }: Job,
  options: RedteamOptions,
  answers: ReadonlyMap<string, string>,
): Promise<Outcome> {
  const { ask, guard, judge, signal } = options;
  const { id, mutator, seed } = attack;
  const base = { id, mutator, category: seed.category, shielded };
  const blocked: Outcome = { ...base, succeeded: false, blocked: true, answer: "" };
  let messages = attack.messages;
  let isChanged = false;
  if (shielded) {
    const passed: AttackMessage[] = [];
    for (const message of messages) {
      const border = message.role === "user" ? "user_input" : message.role === "tool" ? "tool_result" : null;
      if (border === null) {
        passed.push(message);
        continue;
      }
      const input = { border, text: message.content, conversation: passed } as const;
      const { action, text } = await guard.check(input, signal);
      if (action === "refuse") return blocked;
      isChanged ||= text !== message.content;
      passed.push({ ...message, content: text });
    }
    messages = passed;
  }
  let answer = (isChanged ? undefined : answers.get(id)) ?? (await ask(messages, signal));
  if (shielded) {
    const input = { border: "model_output", text: answer, conversation: messages } as const;
    const { action, text } = await guard.check(input, signal);
    if (action === "refuse") return blocked;
    answer = text;
  }
  const succeeded = isBenign
    ? answer.trim() !== "" && !isRefusal(answer)
    : await attackSucceeded(attack, answer, judge, signal);
  return { ...base, succeeded, blocked: isChanged && !isBenign && !succeeded, answer };
}

async function readJournal(path: string): Promise<Map<string, Outcome>> {
  await mkdir(dirname(path), { recursive: true });
  const known = new Map<string, Outcome>();
  let content = "";
  try {
    content = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const lines = content.split("\n").filter((line) => line !== "");
  for (const [at, line] of lines.entries()) {
    try {
      const outcome = JSON.parse(line) as Outcome;
      known.set(`${outcome.id} ${outcome.shielded}`, outcome);
    } catch (cause) {
      // The last line may be cut where a run was killed.
      if (at < lines.length - 1)
        throw new SyntaxError(`${path} line ${at + 1} is no outcome; delete the file to begin anew`, {
          cause,
        });
      if (!content.endsWith("\n")) await appendFile(path, "\n");
    }
  }
  return known;
}
