import type { AdapterHandle, AdapterSpec, Backend } from "@llamero/kernels";

/** An adapter in use by one request; disposing of it ends the use. */
export interface AdapterUse extends Disposable {
  readonly handle: AdapterHandle | undefined;
  /** Keeps KV apart from that of other adapters, also of one that had the same name before. */
  readonly salt: string;
}

interface Loaded {
  handle: AdapterHandle;
  salt: string;
  users: number;
  /** Set once the adapter is to go: called when the last user is gone. */
  onIdle: (() => void) | null;
}

const noAdapter: AdapterUse = { handle: undefined, salt: "", [Symbol.dispose]: () => {} };

/** SHA-256 of everything that decides what the adapter does. */
async function contentHash({ targets }: AdapterSpec): Promise<string> {
  const parts = targets.flatMap(({ target, rank, scale, a, b }) => [
    new TextEncoder().encode(`${target}\n${rank}\n${scale}\n`),
    new Uint8Array(a.buffer, a.byteOffset, a.byteLength),
    new Uint8Array(b.buffer, b.byteOffset, b.byteLength),
  ]);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Memory of an adapter: the matrices in panels of eight rows. */
export function adapterBytes({ targets }: Pick<AdapterSpec, "targets">): number {
  const padded = (rows: number): number => Math.ceil(rows / 8) * 8;
  return targets.reduce(
    (sum, { rank, rows, cols }) => sum + 4 * (padded(rank) * cols + padded(rows) * rank),
    0,
  );
}

/** The adapters of an engine, by name, and who uses them. */
export class AdapterRegistry {
  readonly #backend: Backend;
  readonly #availableMemory: () => number;
  readonly #loaded = new Map<string, Loaded>();

  constructor(backend: Backend, availableMemory: () => number = () => Number.POSITIVE_INFINITY) {
    this.#backend = backend;
    this.#availableMemory = availableMemory;
  }

  get names(): string[] {
    return [...this.#loaded.keys()];
  }

  /** Throws RangeError when the name is taken or the memory is not there. */
  async load(spec: AdapterSpec): Promise<void> {
    const salt = `adapter ${await contentHash(spec)}`;
    if (this.#loaded.has(spec.name)) {
      throw new RangeError(`Adapter ${spec.name} is loaded already; unload it or choose another name`);
    }
    const [needed, available] = [adapterBytes(spec), this.#availableMemory()];
    if (needed > available) {
      const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
      throw new RangeError(
        `Adapter ${spec.name} needs ${mib(needed)} of memory, but ${mib(available)} is free; unload another adapter or free memory`,
      );
    }
    const handle = this.#backend.createAdapter(spec);
    this.#loaded.set(spec.name, { handle, salt, users: 0, onIdle: null });
  }

  /** New requests are refused from now on; resolves, with the adapter's memory free, when the running ones are done. */
  async unload(name: string): Promise<void> {
    const loaded = this.#find(name);
    this.#loaded.delete(name);
    if (loaded.users > 0) await new Promise<void>((idle) => (loaded.onIdle = idle));
    this.#backend.freeAdapter(loaded.handle);
  }

  /** Throws RangeError, with the names that there are, when there is no such adapter. */
  use(name: string | undefined): AdapterUse {
    if (name === undefined) return noAdapter;
    const loaded = this.#find(name);
    loaded.users++;
    let isOver = false;
    return {
      handle: loaded.handle,
      salt: loaded.salt,
      [Symbol.dispose]() {
        if (isOver) return;
        isOver = true;
        if (--loaded.users === 0) loaded.onIdle?.();
      },
    };
  }

  #find(name: string): Loaded {
    const loaded = this.#loaded.get(name);
    if (loaded !== undefined) return loaded;
    const names = this.names.length > 0 ? `there are ${this.names.join(", ")}` : "none is loaded";
    throw new RangeError(`There is no adapter ${name}; ${names}`);
  }

  /** Frees all; nothing may use them any more. */
  clear(): void {
    for (const { handle } of this.#loaded.values()) this.#backend.freeAdapter(handle);
    this.#loaded.clear();
  }
}
