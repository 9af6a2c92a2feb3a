import { FakeTextModel } from "../fake-text-model.ts";
import type { RouteServices } from "../routes/services.ts";
import { ServedModels } from "../served-models.ts";
import { openShields } from "../shields/open-shields.ts";
import type { Store } from "../store/store.ts";

/** Services of a server that is not there, for tests of jobs alone. */
export interface FakeServices extends RouteServices {
  /** Errors that were told. */
  errors: unknown[];
  /** Begins to close. */
  close(): void;
}

/** Services over a store. */
export function fakeServices(store: Store): FakeServices {
  const closing = new AbortController();
  const errors: unknown[] = [];
  const model = new FakeTextModel();
  const shields = openShields({}, { findModel: () => model });
  return {
    models: new ServedModels([{ name: "fake", model }]),
    shields,
    guardBorder: shields.guardBorder,
    store,
    routes: [],
    dataFolder: null,
    closing: closing.signal,
    ended: new AbortController().signal,
    onError: (error) => errors.push(error),
    errors,
    close: () => closing.abort(),
  };
}

/** A store as a process sees it that can be killed: afterwards it neither reads nor writes, and nobody is told. */
export function mortalStore(store: Store): { store: Store; kill(): void } {
  let isDead = false;
  const never = new Promise<never>(() => {});
  const mortal: Store = {
    description: store.description,
    get: (kind, id, owner) => (isDead ? never : store.get(kind, id, owner)),
    list: (kind, options) => (isDead ? never : store.list(kind, options)),
    getBytes: (id) => (isDead ? never : store.getBytes(id)),
    write: (...writes) => (isDead ? never : store.write(...writes)),
    async [Symbol.asyncDispose]() {},
  };
  return {
    store: mortal,
    kill: () => {
      isDead = true;
    },
  };
}

/** Waits for something to become true. */
export async function until(holds: () => boolean | Promise<boolean>, seconds = 600): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`It did not become true within ${seconds} s: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
