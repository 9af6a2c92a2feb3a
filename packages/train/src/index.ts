/** Data for training lives in `./data` and `./synth`. */
export { differentiate } from "./autograd/differentiate.ts";
export {
  adapterNames,
  type ForwardOptions,
  SCORE_WEIGHT,
  trainingForward,
} from "./autograd/training-forward.ts";
export { packExamples } from "./batch/pack.ts";
export { type RunResult, type RunTrainingOptions, runTraining } from "./loop/run-training.ts";
export { learningRateAt, type Schedule } from "./optim/schedule.ts";
export {
  type PretrainOptions,
  type PretrainResult,
  parsePretrainRecipe,
  pretrain,
} from "./pretrain/index.ts";
export type { RunEvent, RunListener } from "./run/run-event.ts";
export {
  type ChosenTrainBackend,
  chooseTrainBackend,
  type TrainBackendOptions,
} from "./session/choose-backend.ts";
export { createSession, type LocalSession, sessionProgram } from "./session/create-session.ts";
export {
  checkpointFromParams,
  type MemoryCheckpointOptions,
  paramsFromCheckpoint,
  randomParams,
} from "./session/model-params.ts";
export type * from "./session/session.ts";
export { parseSynthRecipe, synthesize } from "./synth/index.ts";
