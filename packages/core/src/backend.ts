import { type Backend, createWasmBackend, type Degradation } from "@llamero/kernels";

/** Backends that can be asked for by name. */
export type BackendChoice = "wasm";

export interface ChooseBackendOptions {
  /** Default: LLAMERO_BACKEND, or the fastest that works here. */
  backend?: BackendChoice;
  /** Default: LLAMERO_THREADS, or what the backend finds. */
  threads?: number;
}

type Create = (options: { threads?: number }) => Promise<Backend>;

/** Fastest first. */
const backends: { readonly [C in BackendChoice]: Create } = {
  wasm: createWasmBackend,

};

function isBackendChoice(name: string): name is BackendChoice {
  return Object.hasOwn(backends, name);
}

function chosenName(wanted: string | undefined): BackendChoice | null {
  const name = wanted ?? process.env["LLAMERO_BACKEND"];
  if (name === undefined || name === "" || name === "auto") return null;
  if (isBackendChoice(name)) return name;
  throw new RangeError(`Backend is ${name}; it must be one of ${Object.keys(backends).join(", ")}`);
}

function chosenThreads(wanted: number | undefined): { threads?: number } {
  const text = process.env["LLAMERO_THREADS"];
  const threads = wanted ?? (text === undefined || text === "" ? undefined : Number(text));
  if (threads === undefined) return {};
  if (Number.isInteger(threads) && threads >= 0 && threads <= 1024) return { threads };
  throw new RangeError(`Threads is ${wanted ?? text}; it must be an integer from 0 to 1024`);
}

/** A backend and what it is worse at than the ones that did not work. */
export interface ChosenBackend {
  backend: Backend;
  degradations: readonly Degradation[];
}

/**
 * The one place that picks a backend and reads LLAMERO_BACKEND and LLAMERO_THREADS. A backend asked for by name is
 * used or the call fails; otherwise the first that works is taken and the ones before it are reported.
 */
export async function chooseBackend(options: ChooseBackendOptions = {}): Promise<ChosenBackend> {
  const name = chosenName(options.backend);
  const threads = chosenThreads(options.threads);
  if (name !== null) return { backend: await backends[name](threads), degradations: [] };
  const degradations: Degradation[] = [];
  for (const [wanted, create] of Object.entries(backends)) {
    try {
      const backend = await create(threads);
      return { backend, degradations: degradations.map((each) => ({ ...each, used: backend.name })) };
    } catch (error) {
      degradations.push({ what: "backend", wanted, used: "", why: String(error) });
    }
  }
  throw new Error(
    `No backend works: ${degradations.map(({ wanted, why }) => `${wanted}: ${why}`).join("; ")}`,
  );
}
