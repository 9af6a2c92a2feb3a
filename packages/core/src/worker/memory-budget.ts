import { availableMemory } from "../engine/available-memory.ts";
import { InsufficientMemoryError } from "../engine/errors.ts";

/** A model that shares the memory. */
export interface BudgetMember {
  readonly name: string;
  /** What it takes, or is expected to take. */
  readonly neededBytes: number;
  readonly state: "unloaded" | "loading" | "loaded";
  readonly isIdle: boolean;
  /** When it last had a request; any clock. */
  readonly lastUsed: number;
  unload(): Promise<void>;
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;

/** Decides which models are in memory at once: idle ones make room, the one unused for longest first. */
export class MemoryBudget {
  readonly #limitBytes: number;
  readonly #available: () => number;
  readonly #admitted = new Set<BudgetMember>();
  #turn: Promise<void> = Promise.resolve();

  /** Default: all that the machine has free. */
  constructor(options: { limitBytes?: number; available?: () => number } = {}) {
    this.#limitBytes = options.limitBytes ?? Number.POSITIVE_INFINITY;
    this.#available = options.available ?? availableMemory;
  }

  /** Makes room for a model, or rejects with InsufficientMemoryError. One at a time. */
  admit(member: BudgetMember): Promise<void> {
    const turn = this.#turn.then(() => this.#makeRoom(member));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #makeRoom(member: BudgetMember): Promise<void> {
    for (;;) {
      const others = [...this.#admitted].filter((each) => each !== member && each.state !== "unloaded");
      const sum = (members: readonly BudgetMember[]): number =>
        members.reduce((bytes, { neededBytes }) => bytes + neededBytes, 0);
      // What is being loaded is not yet missing from the machine's free memory.
      const loading = others.filter(({ state }) => state === "loading");
      const free = Math.min(this.#limitBytes - sum(others), this.#available() - sum(loading));
      if (member.neededBytes <= free) {
        this.#admitted.add(member);
        return;
      }
      const [longestUnused] = others
        .filter(({ state, isIdle }) => state === "loaded" && isIdle)
        .sort((a, b) => a.lastUsed - b.lastUsed);
      if (longestUnused === undefined) throw refusal(member, free, others);
      await longestUnused.unload();
    }
  }
}

function refusal(
  member: BudgetMember,
  free: number,
  others: readonly BudgetMember[],
): InsufficientMemoryError {
  const availableBytes = Math.max(0, free);
  const busy = others.map(({ name, neededBytes }) => `${name} with ${gib(neededBytes)}`).join(", ");
  return new InsufficientMemoryError(
    `${member.name} needs ${gib(member.neededBytes)}, but ${gib(availableBytes)} is free` +
      `${busy === "" ? "" : ` beside ${busy}, busy now`}; try again later, or choose a smaller context or model`,
    { neededBytes: member.neededBytes, availableBytes },
  );
}
