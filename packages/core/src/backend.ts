import {
  type Backend,
  createNativeBackend,
  createReferenceBackend,
  createWasmBackend,
  type Degradation,
  type InstructionSet,
} from "@llamero/kernels";

/** Backends that can be asked for by name; an instruction set means the native backend with that one. */
export type BackendChoice = "native" | "wasm" | "reference" | InstructionSet;

export interface ChooseBackendOptions {
  /** Default: LLAMERO_BACKEND, or the fastest that works here. */
  backend?: BackendChoice;
  /** Default: LLAMERO_THREADS, or what the backend finds. */
  threads?: number;
}

interface Threads {
  threads?: number;
}

type Create = (options: Threads) => Promise<Backend>;

const nativeWith =
  (instructionSet: InstructionSet): Create =>
  async (options) =>
    createNativeBackend({ ...options, instructionSet });

const backends: { readonly [C in BackendChoice]: Create } = {
  native: async (options) => createNativeBackend(options),
  wasm: createWasmBackend,
  reference: async () => createReferenceBackend(),
  amx: nativeWith("amx"),
  avx512: nativeWith("avx512"),
  avx2: nativeWith("avx2"),
  neon: nativeWith("neon"),
  generic: nativeWith("generic"),
};

/** Tried in this order when none is asked for. */
const fastestFirst = ["native", "wasm", "reference"] as const satisfies readonly BackendChoice[];

function isBackendChoice(name: string): name is BackendChoice {
  return Object.hasOwn(backends, name);
}

function chosenName(wanted: string | undefined): BackendChoice | null {
  const name = wanted ?? process.env["LLAMERO_BACKEND"];
  if (name === undefined || name === "" || name === "auto") return null;
  if (isBackendChoice(name)) return name;
  throw new RangeError(`Backend is ${name}; it must be auto or one of ${Object.keys(backends).join(", ")}`);
}

function chosenThreads(wanted: number | undefined): Threads {
  const text = process.env["LLAMERO_THREADS"];
  const threads = wanted ?? (text === undefined || text === "" ? undefined : Number(text));
  if (threads === undefined) return {};
  if (Number.isInteger(threads) && threads >= 1 && threads <= 1024) return { threads };
  throw new RangeError(`Threads is ${wanted ?? text}; it must be an integer from 1 to 1024`);
}

/** A backend, and why it is not a faster one. */
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
  const failures: { wanted: BackendChoice; why: string }[] = [];
  for (const wanted of fastestFirst) {
    try {
      const backend = await backends[wanted](threads);
      const degradations = failures.map((each) => ({ what: "backend", used: backend.name, ...each }));
      return { backend, degradations };
    } catch (error) {
      failures.push({ wanted, why: error instanceof Error ? error.message : String(error) });
    }
  }
  throw new Error(`No backend works: ${failures.map(({ wanted, why }) => `${wanted}: ${why}`).join("; ")}`);
}
