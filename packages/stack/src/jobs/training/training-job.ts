import { existsSync } from "node:fs";
import { join } from "node:path";
import { homeFolder } from "@llamero/core/hub/store";
import type { Json } from "../../api/json.ts";
import { dataPath } from "../find-data.ts";
import { defineJobKind, type JobContext, JobError, type JobKind } from "../job.ts";
import type { TrainingAsk, TrainingTell } from "./child-protocol.ts";
import { runTrainingProcess } from "./run-process.ts";
import {
  runFolderOf,
  type TrainingInput,
  type TrainingMethod,
  type TrainingState,
} from "./training-state.ts";

/** Progress is kept no more often. */
const saveEveryMs = 1000;

const methods: Readonly<Record<TrainingMethod, "sft" | "dpo" | "pretrain">> = {
  "supervised-fine-tune": "sft",
  "preference-optimize": "dpo",
  "continual-pre-training": "pretrain",
};

type Context = JobContext<TrainingInput, TrainingState>;

/** Training of a model, one run at a time; it goes on at its newest checkpoint. */
export const trainingJob: JobKind = defineJobKind<TrainingInput, TrainingState>({
  name: "post-training",
  maxRunning: 1,
  async run(context) {
    const { input, owner, signal, services } = context;
    signal.throwIfAborted();
    const folder = runFolderOf(input.job_uuid, owner);
    if (context.state === null && existsSync(folder)) {
      throw new JobError("conflict", `There is a run in ${folder} already; choose another job_uuid`);
    }
    const state = context.state ?? {
      folder,
      progress: null,
      checkpoints: [],
      artifacts: [],
      resources: null,
    };
    await context.save(state);
    const ask = await toAsk(context, folder);
    let savedAt = 0;
    const onTell = (message: TrainingTell): void => {
      record(state, message, input);
      if (message.tell === "step" && Date.now() - savedAt < saveEveryMs) return;
      savedAt = Date.now();
      // A job that another server has taken learns it by its signal.
      context.save(state).catch((error: unknown) => {
        if (!signal.aborted) services.onError(error);
      });
    };
    const paths = await runTrainingProcess(ask, { signal, onTell });
    state.artifacts = paths.map((path) => ({
      kind: /adapter(\.gguf)?$/.test(path) ? "adapter" : "model",
      path,
    }));
    return state;
  },
});

async function toAsk(
  { input, owner, services }: Context,
  folder: string,
): Promise<Extract<TrainingAsk, { ask: "run" }>> {
  const { dataset_id: id, validation_dataset_id: validationId, model, recipe } = input;
  const inFolder = join(folder, "data");
  const file = await dataPath(services, { id, owner, param: "dataset_id" }, inFolder);
  const common = {
    ask: "run",
    method: methods[input.method],
    folder,
    tokensFolder: join(homeFolder(), "tokens"),
  } as const;
  if (input.method === "continual-pre-training") {
    return { ...common, recipe: pretrainTable(recipe, { name: input.job_uuid, model, files: [file] }) };
  }
  const validation =
    validationId === null
      ? null
      : await dataPath(services, { id: validationId, owner, param: "validation_dataset_id" }, inFolder);
  return {
    ...common,
    recipe: tuneTable(recipe, { name: input.job_uuid, model, file, validation, folder }),
  };
}

/** The table of a recipe that fine-tunes. */
export function tuneTable(
  recipe: { [key: string]: Json },
  parts: { name: string; model: string; file: string; validation: string | null; folder: string },
): { [key: string]: Json } {
  const { name, model, file, validation, folder } = parts;
  const given = recipe["validation"] as { [key: string]: Json } | undefined;
  return {
    name,
    ...recipe,
    model,
    data: [file],
    out: folder,
    ...(validation !== null && { validation: { ...given, files: [validation] } }),
  };
}

/** The table of a recipe that goes on with pre-training. */
export function pretrainTable(
  recipe: { [key: string]: Json },
  { name, model, files }: { name: string; model: string; files: string[] },
): { [key: string]: Json } {
  const data = recipe["data"] as { [key: string]: Json } | undefined;
  return { name, ...recipe, init: model, data: { ...data, sources: { data: { files } } } };
}

/** JSON knows no other numbers. */
const finite = (values: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));

function record(state: TrainingState, message: TrainingTell, input: TrainingInput): void {
  const old = state.progress ?? {
    step: 0,
    steps: 0,
    tokens: 0,
    seconds: 0,
    loss: null,
    tokens_per_second: null,
    evaluation: null,
  };
  switch (message.tell) {
    case "start":
      state.resources = message.resources;
      state.progress = { ...old, steps: message.steps };
      break;
    case "step": {
      const { step, tokens, seconds, loss, tokensPerSecond } = message;
      state.progress = { ...old, step, tokens, seconds, loss, tokens_per_second: tokensPerSecond };
      break;
    }
    case "eval":
      state.progress = { ...old, evaluation: finite(message.values) };
      break;
    case "checkpoint": {
      const { path, step } = message;
      const others = state.checkpoints.filter((each) => each.path !== path && existsSync(each.path));
      state.checkpoints = [
        ...others,
        {
          identifier: `${input.job_uuid}-${step}`,
          created_at: new Date().toISOString(),
          epoch: Math.min(input.epochs, Math.floor((step * input.epochs) / Math.max(1, old.steps))),
          post_training_job_id: input.job_uuid,
          path,
          training_metrics: old.evaluation,
        },
      ];
      break;
    }
    default:
      // How it ends is what the process gives back.
      break;
  }
}
