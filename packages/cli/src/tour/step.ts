import type { Checkpoint, LoadedModel, LoadOptions } from "@llamero/core";
import type { ModelValues } from "../model/open-model.ts";
import type { Screen } from "./screen.ts";

/** What every step is given. */
export interface Tour {
  screen: Screen;
  model: {
    /** As the printed commands name it. */
    name: string;
    title: string;
    path: string;
    checkpoint: Checkpoint;
    numWeights: number;
  };
  /** Smaller amounts of everything, for tests and slow machines. */
  isFast: boolean;
  /** Holds what the steps make, as long as the tour lasts. */
  folder: string;
  /** Writes a file that the printed commands read; returns its path. */
  give(file: string, content: string): string;
  /** Names of the files given so far. */
  given: readonly string[];
  /** A file as the printed commands name it. */
  shown(file: string): string;
  /** How commands load models, as the user of the tour said. */
  values: ModelValues;
  signal: AbortSignal;
  /** Loads the model on the backend and with the threads that the user said, unless the options say others. */
  open(options?: LoadOptions): Promise<LoadedModel>;
}

/** One step of the tour. */
export interface TourStep {
  /** Commands that do the same, as lists of words. */
  commands(tour: Tour): readonly (readonly string[])[];
  /** Shows the step; returns its figures. Throws when what it shows does not hold. */
  run(tour: Tour): Promise<Readonly<Record<string, unknown>>>;
}
