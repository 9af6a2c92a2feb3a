import type { Message } from "@llamero/core";
import type { Outcome, Row, Session, Task } from "../../task.ts";
import { anyTask } from "../any-task.ts";
import { detectLanguage } from "./detect-language.ts";
import { checkInstructions, type Followed, type Instruction } from "./ifeval-score.ts";
import { ifevalCorpus, ifevalMeans, ifevalOutcome, parseInstructions } from "./ifeval-sets.ts";
import { fieldError, filesOf, isRow, meanMetrics, textField, textsField } from "./special-task.ts";

interface Turn {
  user: string;
  instructions: readonly Instruction[];
}

interface TurnsItem {
  system: string | null;
  turns: readonly Turn[];
}

interface TurnsSet {
  name: string;
  title: string;
  language: string;
  origin: string;
  license: string;
  files: readonly string[];
  parse(set: string, row: Row): TurnsItem;
}

function parseJson(set: string, row: Row, name: string): unknown {
  const value = row[name];
  // A turn that a conversation lacks holds the text None.
  if (value === "None") return null;
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch (cause) {
    throw new SyntaxError(fieldError(set, name, "JSON", value).message, { cause });
  }
}

/** Multi-IF holds per turn the message, names of instructions and their arguments, all as JSON texts. */
function parseMultiIf(set: string, row: Row): TurnsItem {
  const turns: Turn[] = [];
  for (let turn = 1; turn <= 3; turn++) {
    const prefix = `turn_${turn}`;
    const message = parseJson(set, row, `${prefix}_prompt`);
    if (message === undefined || message === null) break;
    if (!isRow(message)) throw fieldError(set, `${prefix}_prompt`, "a message", message);
    const ids = parseJson(set, row, `${prefix}_instruction_id_list`);
    const kwargs = parseJson(set, row, `${prefix}_kwargs`);
    if (!Array.isArray(ids)) throw fieldError(set, `${prefix}_instruction_id_list`, "a list", ids);
    if (!Array.isArray(kwargs)) throw fieldError(set, `${prefix}_kwargs`, "a list", kwargs);
    const args = kwargs.map((one) => (typeof one === "string" ? JSON.parse(one) : one) as Row);
    turns.push({
      user: textField(set, message, "content"),
      instructions: parseInstructions(set, ids.map(String), args),
    });
  }
  if (turns.length === 0) throw fieldError(set, "turn_1_prompt", "a message", row["turn_1_prompt"]);
  return { system: null, turns };
}

/** Our own form: a system prompt whose rules hold for the answers to all turns. */
function parseSystem(set: string, row: Row): TurnsItem {
  const { kwargs } = row;
  if (!Array.isArray(kwargs) || !kwargs.every(isRow))
    throw fieldError(set, "kwargs", "a list of objects", kwargs);
  const instructions = parseInstructions(set, textsField(set, row, "instruction_id_list"), kwargs);
  const turns = textsField(set, row, "turns").map((user) => ({ user, instructions }));
  if (turns.length === 0) throw fieldError(set, "turns", "at least one message", turns);
  return { system: textField(set, row, "system"), turns };
}

const multiIf: readonly (readonly [string, string])[] = [
  ["en", "English"],
  ["fr", "French"],
  ["it", "Italian"],
  ["pt", "Portuguese"],
  ["es", "Spanish"],
  ["hi", "Hindi"],
];

const sets: readonly TurnsSet[] = [
  ...multiIf.map(([language, name]) => ({
    name: `multi_if_${language}`,
    title: `Instructions that add up over three turns, in ${name} (Multi-IF)`,
    language,
    origin: `hf:facebook/Multi-IF (records whose language is ${name})`,
    license: "CC-BY-NC-2.0",
    files: [`multi_if/${language}*`],
    parse: parseMultiIf,
  })),
  {
    name: "system_rules",
    title: "Rules of a system prompt that users do not repeat",
    language: "en",
    origin: "records {system, turns, instruction_id_list, kwargs} of your own in system_rules/",
    license: "yours",
    files: ["system_rules/single*"],
    parse: parseSystem,
  },
  {
    name: "system_rules_turns",
    title: "Rules of a system prompt kept over several turns",
    language: "en",
    origin: "records {system, turns, instruction_id_list, kwargs} of your own in system_rules/",
    license: "yours",
    files: ["system_rules/turns*"],
    parse: parseSystem,
  },
];

async function askTurns(set: TurnsSet, item: TurnsItem, session: Session): Promise<Outcome> {
  const messages: Message[] = item.system === null ? [] : [{ role: "system", content: item.system }];
  const followed: Followed[] = [];
  const answers: string[] = [];
  for (const { user, instructions } of item.turns) {
    messages.push({ role: "user", content: user });
    const { text } = await session.generate({
      prompt: { kind: "chat", messages: [...messages] },
      maxTokens: 1024,
    });
    messages.push({ role: "assistant", content: text });
    answers.push(text);
    followed.push(checkInstructions(text, instructions, { detectLanguage, language: set.language }));
  }
  const all = {
    strict: followed.flatMap(({ strict }) => strict),
    loose: followed.flatMap(({ loose }) => loose),
  };
  const instructions = item.turns.flatMap((turn) => turn.instructions);
  const outcome = ifevalOutcome(all, answers.join("\n---\n"), instructions);
  const last = followed.at(-1)!.strict;
  return { ...outcome, scores: { ...outcome.scores, last_turn_strict: last.every(Boolean) ? 1 : 0 } };
}

function turnsTask(set: TurnsSet): Task {
  const task: Task<TurnsItem> = {
    name: set.name,
    title: set.title,
    kind: "multi-turn",
    category: "steerability",
    languages: [set.language],
    source: filesOf(set.origin, set.license, set.files),
    numShots: 0,
    metrics: { ...meanMetrics([...ifevalMeans, "last_turn_strict"]), ...ifevalCorpus },
    mainMetric: "final",
    version: 1,
    parse: (row) => set.parse(set.name, row),
    prompt: ({ system, turns }) => ({
      kind: "chat",
      messages: [
        ...(system === null ? [] : [{ role: "system", content: system } as const]),
        { role: "user", content: turns[0]!.user },
      ],
    }),
    reference: () => null,
    ask: (item, _, session) => askTurns(set, item, session),
    grade: null,
  };
  return anyTask(task);
}

/** Instructions that must hold over the turns of a conversation. */
export const multiTurnRulesSets: readonly Task[] = sets.map(turnsTask);
