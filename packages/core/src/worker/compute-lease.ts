import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import {
  type Backend,
  type Degradation,
  type Executable,
  type LeasePriority,
  type MachineLease,
  openMachineLease,
  type Step,
} from "@llamero/kernels";

/** A step goes on without the lease after this: whoever holds it does not answer. */
const patienceMs = 10_000;

/** Opens the lease, or says why there is none. */
export function openComputeLease(path: string): { lease: MachineLease | null; degradations: Degradation[] } {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return { lease: openMachineLease(path), degradations: [] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const degradation = { what: "compute lease", wanted: "machine-wide", used: "none", why };
    return { lease: null, degradations: [degradation] };
  }
}

/** Decode steps go first, also when prompt chunks ride along. */
function priorityOf({ sequences }: Step): LeasePriority {
  return sequences.some(({ rowCount, position }) => rowCount === 1 && position > 0) ? "decode" : "prefill";
}

/**
 * A backend whose steps take the lease while they run. `onDegraded` is told once when a step went on without it.
 * Closing the lease stays the caller's.
 */
export function leasedBackend(
  backend: Backend,
  lease: MachineLease,
  onDegraded: (degradation: Degradation) => void,
): Backend {
  const turns = new LeaseTurns(lease, onDegraded);
  const withLease = (executable: Executable): Executable =>
    overriding(executable, {
      run: (step: Step, signal?: AbortSignal) =>
        turns.run(priorityOf(step), signal, () => executable.run(step, signal)),
    });
  return overriding(backend, {
    compile: (...args: Parameters<Backend["compile"]>) => withLease(backend.compile(...args)),
  });
}

/** An object with some of its methods replaced; the others run on the object itself, private fields and all. */
function overriding<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_, key) {
      const value: unknown = Reflect.get(Object.hasOwn(methods, key) ? methods : target, key);
      return typeof value === "function" && !Object.hasOwn(methods, key) ? value.bind(target) : value;
    },
  });
}

/** Steps of one engine, one after the other, each with the lease. */
class LeaseTurns {
  readonly #lease: MachineLease;
  readonly #onDegraded: (degradation: Degradation) => void;
  /** The wait under way. It cannot be called off: what nobody wants any more is given back, or goes to the next step. */
  #wait: { granted: Promise<boolean>; isWanted: boolean } | null = null;
  #isDegraded = false;

  constructor(lease: MachineLease, onDegraded: (degradation: Degradation) => void) {
    this.#lease = lease;
    this.#onDegraded = onDegraded;
  }

  async run(
    priority: LeasePriority,
    signal: AbortSignal | undefined,
    work: () => Promise<void>,
  ): Promise<void> {
    const isHeld =
      (this.#wait === null && this.#lease.tryAcquire(priority)) || (await this.#acquire(priority, signal));
    try {
      await work();
    } finally {
      if (isHeld) this.#lease.release();
    }
  }

  /** Rejects as soon as the signal fires; false when patience ran out, and from then on until the lease moves again. */
  async #acquire(priority: LeasePriority, signal: AbortSignal | undefined): Promise<boolean> {
    signal?.throwIfAborted();
    if (this.#wait !== null && this.#isDegraded) return false;
    const wait = this.#startWait(priority);
    wait.isWanted = true;
    let timer: NodeJS.Timeout | undefined;
    let onAbort: () => void = () => {};
    const givenUp = new Promise<boolean>((resolve, reject) => {
      timer = setTimeout(() => {
        wait.isWanted = false;
        resolve(false);
      }, patienceMs);
      onAbort = () => {
        wait.isWanted = false;
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
    try {
      const isHeld = await Promise.race([wait.granted, givenUp]);
      if (!isHeld) this.#complain();
      return isHeld;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #startWait(priority: LeasePriority): { granted: Promise<boolean>; isWanted: boolean } {
    if (this.#wait !== null) return this.#wait;
    const granted: Promise<boolean> = this.#lease.acquire(priority).then(() => {
      this.#wait = null;
      if (!wait.isWanted) this.#lease.release();
      return wait.isWanted;
    });
    const wait = { granted, isWanted: true };
    this.#wait = wait;
    return wait;
  }

  #complain(): void {
    if (this.#isDegraded) return;
    this.#isDegraded = true;
    const why = `another process has held it for ${patienceMs / 1000} s`;
    this.#onDegraded({ what: "compute lease", wanted: "machine-wide", used: "none", why });
  }
}
