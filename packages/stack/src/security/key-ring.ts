import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Json } from "../api/json.ts";
import { newId } from "../routes/stored-objects.ts";
import type { Store } from "../store/store.ts";
import type { ApiKey, KeyAccess } from "./key-access.ts";

/** A key made while the server runs, as it is kept: never its text. */
export interface StoredKey extends KeyAccess {
  id: string;
  /** SHA-256 of the key, which has 256 random bits, in hexadecimal. */
  hash: string;
  /** The last characters of the key, to tell keys apart. */
  hint: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  expiresAt: number | null;
  revokedAt: number | null;
}

/** What a new key may do. */
export type NewKey = KeyAccess & Pick<StoredKey, "expiresAt">;

/** Servers that share a store see each other's keys after so long. */
const refreshMs = 5000;

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

interface KeyRingOptions {
  ended: AbortSignal;
  /** Of the one who runs the server, which may do all. */
  controlKey?: string | null;
}

/** All keys of a server: those it was started with, and those made since, which the store keeps. */
export class KeyRing {
  readonly configured: readonly ApiKey[];
  readonly #digests: readonly Buffer[];
  readonly #names: ReadonlyMap<string, ApiKey>;
  readonly #store: Store;
  readonly #control: Buffer | null;
  #stored: readonly StoredKey[] = [];
  #byHash = new Map<string, StoredKey>();
  #byName = new Map<string, StoredKey>();

  private constructor(configured: readonly ApiKey[], store: Store, controlKey: string | null) {
    this.configured = configured;
    this.#digests = configured.map(({ key }) => digest(key));
    this.#names = new Map(configured.map((key) => [key.name, key]));
    this.#store = store;
    this.#control = controlKey === null ? null : digest(controlKey);
  }

  static async open(
    configured: readonly ApiKey[],
    store: Store,
    { ended, controlKey = null }: KeyRingOptions,
  ): Promise<KeyRing> {
    const ring = new KeyRing(configured, store, controlKey);
    await ring.#load();
    if (store.description.startsWith("postgres")) {
      const clock = setInterval(() => void ring.#load().catch(() => {}), refreshMs).unref();
      ended.addEventListener("abort", () => clearInterval(clock), { once: true });
    }
    return ring;
  }

  /** Made while a server ran, the oldest first, revoked ones too. */
  get stored(): readonly StoredKey[] {
    return this.#stored;
  }

  /** The key that a request carries, or null; digests are compared. */
  find(authorization: string | undefined): KeyAccess | null {
    if (this.#digests.length === 0 && this.#control === null && this.#byHash.size === 0) return null;
    const text = /^bearer +(.+)$/i.exec(authorization ?? "")?.[1];
    if (text === undefined) return null;
    const given = digest(text);
    let found: KeyAccess | null = null;
    for (const [index, each] of this.#digests.entries())
      if (timingSafeEqual(given, each)) found = this.configured[index]!;
    if (this.#control !== null && timingSafeEqual(given, this.#control)) return { name: "local" };
    if (found !== null || this.#byHash.size === 0) return found;
    const stored = this.#byHash.get(given.toString("hex"));
    return stored === undefined || isOver(stored) ? null : stored;
  }

  /** What the key of a name may do, also one that is revoked: its jobs may still run. */
  named(name: string): KeyAccess | undefined {
    return this.#names.get(name) ?? this.#byName.get(name);
  }

  /** Makes a key; its text is given this once. Null where the name is, or ever was, another key's. */
  async create(access: NewKey): Promise<{ stored: StoredKey; key: string } | null> {
    if (access.name === "local" || this.named(access.name) !== undefined) return null;
    const key = `llk_${randomBytes(32).toString("base64url")}`;
    const stored: StoredKey = {
      ...access,
      id: newId("key_"),
      hash: digest(key).toString("hex"),
      hint: key.slice(-4),
      createdAt: Date.now(),
      revokedAt: null,
    };
    this.#take([...this.#stored, stored]);
    try {
      await this.#put(stored);
    } catch (error) {
      this.#take(this.#stored.filter((each) => each !== stored));
      throw error;
    }
    return { stored, key };
  }

  /** The key serves no more; it is kept, so that its name is not given again with what it owns. */
  async revoke(id: string): Promise<StoredKey | null> {
    const found = this.#stored.find((each) => each.id === id);
    if (found === undefined || found.revokedAt !== null) return found ?? null;
    const revoked = { ...found, revokedAt: Date.now() };
    this.#take(this.#stored.map((each) => (each === found ? revoked : each)));
    await this.#put(revoked);
    return revoked;
  }

  async #put(stored: StoredKey): Promise<void> {
    const value = JSON.parse(JSON.stringify(stored)) as Json;
    await this.#store.write({ write: "put", kind: "api_key", id: stored.id, owner: "", value });
  }

  async #load(): Promise<void> {
    const all: StoredKey[] = [];
    for (;;) {
      const after = all.at(-1)?.id;
      const page = await this.#store.list("api_key", {
        owner: "",
        limit: 500,
        order: "asc",
        ...(after !== undefined && { after }),
      });
      all.push(...page.items.map(({ value }) => value as unknown as StoredKey));
      if (!page.hasMore) break;
    }
    this.#take(all);
  }

  #take(stored: readonly StoredKey[]): void {
    this.#stored = stored;
    // A configured key of the same name owns what is under it.
    const usable = stored.filter(({ name }) => !this.#names.has(name));
    this.#byName = new Map(usable.map((each) => [each.name, each]));
    this.#byHash = new Map(usable.map((each) => [each.hash, each]));
  }
}

/** Whether a key serves no more. */
export function isOver({ revokedAt, expiresAt }: Pick<StoredKey, "revokedAt" | "expiresAt">): boolean {
  return revokedAt !== null || (expiresAt !== null && expiresAt <= Date.now());
}
