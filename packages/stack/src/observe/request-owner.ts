import { AsyncLocalStorage } from "node:async_hooks";

const owners = new AsyncLocalStorage<string>();

/** Runs what answers a request of a key, so that what its models compute can be counted for it. */
export function runAs<T>(owner: string, run: () => T): T {
  return owners.run(owner, run);
}

/** Whose request is being answered here; undefined for what the server does by itself. */
export function currentOwner(): string | undefined {
  return owners.getStore();
}
