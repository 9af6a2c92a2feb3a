import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Checkpoint, convertModel } from "@llamero/core";
import { adapterOf } from "../lora/adapter-spec.ts";
import { mergeAdapter } from "../lora/merge-adapter.ts";
import { writeGgufAdapter, writePeftAdapter } from "../lora/write-adapter.ts";
import { checkpointFromParams } from "../session/model-params.ts";
import type { TrainSession } from "../session/session.ts";
import type { TuneRecipe } from "./recipe.ts";
import { endIds, type TuneModel } from "./tune-model.ts";

/** The model of a session as a checkpoint in memory, an adapter merged in. */
export function tunedCheckpoint(
  session: TrainSession,
  model: TuneModel,
  recipe: Pick<TuneRecipe, "lora" | "name">,
): Checkpoint {
  const { tokenizer, chatTemplate, metadata, bosTokenId, name } = model.checkpoint;
  const checkpoint = checkpointFromParams(session.model(), {
    name,
    tokenizer,
    chatTemplate,
    metadata,
    bosTokenId,
    eosTokenIds: endIds(model),
  });
  if (recipe.lora === null) return { ...checkpoint, name: recipe.name };
  return mergeAdapter(checkpoint, adapterOf(session, recipe.lora, recipe.name));
}

/** Writes what a run made into its folder: `model`, or `adapter` (PEFT) and `adapter.gguf`. Gives the paths. */
export async function writeTuned(
  session: TrainSession,
  model: TuneModel,
  recipe: TuneRecipe,
  signal?: AbortSignal,
): Promise<string[]> {
  const { out, lora, name, format } = recipe;
  if (lora === null) {
    const path = join(out, "model");
    rmSync(path, { recursive: true, force: true });
    await convertModel(tunedCheckpoint(session, model, recipe), path, {
      container: "safetensors",
      format,
      signal,
    });
    return [path];
  }
  const { checkpoint } = model;
  const adapter = adapterOf(session, lora, name);
  const { ropeLayout, config } = checkpoint;
  const options = { ropeLayout, headDim: config.headDim, baseModel: checkpoint.name };
  const [folder, file] = [join(out, "adapter"), join(out, "adapter.gguf")];
  writePeftAdapter(folder, adapter, options);
  writeGgufAdapter(file, adapter, options);
  return [folder, file];
}
