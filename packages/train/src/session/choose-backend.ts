import {
  createNativeTraining,
  createReferenceTraining,
  type Degradation,
  type TrainBackend,
} from "@llamero/kernels";

export interface TrainBackendOptions {
  /** `native` fails where it does not load; the default falls back to the reference and says so. */
  backend?: "native" | "reference";
  threads?: number;
}

/** A training backend, and why it is not the native one. */
export interface ChosenTrainBackend {
  backend: TrainBackend;
  degradations: readonly Degradation[];
}

/** The native training backend, or the slow reference with the reason. */
export function chooseTrainBackend(options: TrainBackendOptions = {}): ChosenTrainBackend {
  const { backend, threads } = options;
  if (backend === "reference") return { backend: createReferenceTraining(), degradations: [] };
  try {
    return { backend: createNativeTraining(threads === undefined ? {} : { threads }), degradations: [] };
  } catch (error) {
    if (backend === "native") throw error;
    const why = error instanceof Error ? error.message : String(error);
    const degradation = { what: "training backend", wanted: "native", used: "reference", why };
    return { backend: createReferenceTraining(), degradations: [degradation] };
  }
}
