import type { Message } from "../chat/message.ts";

/** What may be left out of a conversation, in the order in which it goes. */
export interface DropPlan {
  /** Number of steps; each leaves more out. */
  readonly numSteps: number;
  /** The conversation without the first steps' messages. */
  keep(numSteps: number): Message[];
  /** The messages that these steps leave out, in order. */
  drop(numSteps: number): Message[];
  /** Position in what is kept behind the first message of the user, for what stands for the rest. */
  readonly insertAt: number;
}

/**
 * Never left out: system messages, the first message of the user and the last, and what comes last. Everything else
 * goes by whole turns, oldest first; within the last turn by tool calls with their results. `firstAnswer` says
 * whether what followed the first message of the user goes before the turns after it or, by default, after them.
 */
export function planDrops(
  messages: readonly Message[],
  options: { firstAnswer?: "early" | "late" } = {},
): DropPlan {
  const users = messages.flatMap(({ role }, i) => (role === "user" ? [i] : []));
  const firstUser = users[0] ?? -1;
  const lastUser = users.at(-1) ?? -1;
  const atoms = splitAtoms(messages, firstUser);
  const isKept = atoms.map(
    (atom, i) =>
      i === atoms.length - 1 ||
      atom.some((at) => messages[at]!.role === "system" || at === firstUser || at === lastUser),
  );
  /** Steps by the turn that an atom begins in. */
  const turns = new Map<number, number[]>();
  const lastTurn: number[][] = [];
  const beginning: number[] = [];
  atoms.forEach((atom, i) => {
    if (isKept[i]) return;
    const from = atom[0]!;
    if (from > lastUser) lastTurn.push(atom);
    else {
      const turn = users.findLastIndex((user) => user <= from);
      if (turn <= 0) beginning.push(...atom);
      else turns.set(turn, [...(turns.get(turn) ?? []), ...atom]);
    }
  });
  const start = beginning.length > 0 ? [beginning] : [];
  const steps =
    options.firstAnswer === "early"
      ? [...start, ...turns.values(), ...lastTurn]
      : [...turns.values(), ...start, ...lastTurn];
  const dropped = (numSteps: number): Set<number> => new Set(steps.slice(0, numSteps).flat());
  const firstKept = atoms.find((atom) => atom.includes(firstUser));
  const leading = messages.findIndex(({ role }) => role !== "system");
  const end = firstKept === undefined ? Math.max(0, leading) : firstKept.at(-1)! + 1;
  const insertAt = end - beginning.filter((at) => at < end).length;
  return {
    numSteps: steps.length,
    keep: (numSteps) => {
      const left = dropped(numSteps);
      return messages.filter((_, i) => !left.has(i));
    },
    drop: (numSteps) => {
      const left = dropped(numSteps);
      return messages.filter((_, i) => left.has(i));
    },
    insertAt,
  };
}

/** Indices of messages that only make sense together: a call and its results, an assistant's words beside a call. */
function splitAtoms(messages: readonly Message[], firstUser: number): number[][] {
  /** Whether the conversation may be cut before message i. */
  const canCut = messages.map(
    ({ role }, i) => role !== "tool" || (i > 0 && messages[i - 1]!.role === "system"),
  );
  if (firstUser >= 0 && firstUser + 1 < canCut.length) canCut[firstUser + 1] = true;
  const callers = new Map<string, number>();
  messages.forEach((message, i) => {
    if (message.role === "assistant") {
      for (const { id } of message.toolCalls ?? []) callers.set(id, i);
    } else if (message.role === "tool") {
      const caller = callers.get(message.toolCallId) ?? i;
      for (let at = caller + 1; at <= i; at++) canCut[at] = false;
    }
  });
  const atoms: number[][] = [];
  messages.forEach((_, i) => {
    if (i === 0 || canCut[i]) atoms.push([i]);
    else atoms.at(-1)!.push(i);
  });
  return atoms;
}
