import { listModels } from "@llamero/core/hub/store";
import { HttpError } from "../../http/http-error.ts";
import type { RouteServices } from "../../routes/services.ts";
import { getJob } from "../job-store.ts";
import { jobIdOf, type TrainingState } from "./training-state.ts";

/** Path of the weights that a name means: a served model, the model that a job made, or one on this machine. */
export async function findWeights(
  { models, store }: Pick<RouteServices, "models" | "store">,
  { name, owner, param }: { name: string; owner: string; param: string },
): Promise<string> {
  const served = models.all.find((each) => each.name === name || `llamero/${each.name}` === name);
  if (served !== undefined) {
    const checkpoint: unknown = Reflect.get(served.model, "checkpoint");
    const path: unknown =
      typeof checkpoint === "object" && checkpoint !== null && Reflect.get(checkpoint, "path");
    if (typeof path === "string") return path;
    throw new HttpError(400, `${param}: ${name} has no weights on this machine to train`, {
      param,
      code: "invalid_value",
    });
  }
  const job = await getJob(store, jobIdOf(name), owner);
  const state = job?.record.state as unknown as TrainingState | null | undefined;
  const made = state?.artifacts.find(({ kind }) => kind === "model");
  if (made !== undefined) return made.path;
  const kept = (await listModels()).find((each) => each.name === name);
  if (kept !== undefined) return kept.path;
  const message = `${param}: There is no model ${name.slice(0, 100)} here: none that is served, made by a job or pulled`;
  throw new HttpError(404, message, { param, code: "model_not_found" });
}
