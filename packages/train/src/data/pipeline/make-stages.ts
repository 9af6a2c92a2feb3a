import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Stage } from "../stage.ts";
import { type StageFactory, stageFactories } from "../stages.ts";
import type { StageConfig } from "./config.ts";

/** Makes the stages of a configuration: by name, or from a module of the user's own (`./my-stage.mjs`). */
export async function makeStages(configs: readonly StageConfig[], folder: string): Promise<Stage[]> {
  const stages: Stage[] = [];
  for (const { name, options } of configs) {
    const factory = await findFactory(name, folder);
    stages.push(await factory(options, { folder }));
  }
  return stages;
}

async function findFactory(name: string, folder: string): Promise<StageFactory> {
  if (/\.[cm]?[jt]s$/.test(name)) {
    const module = (await import(pathToFileURL(resolve(folder, name)).href)) as { createStage?: unknown };
    if (typeof module.createStage !== "function")
      throw new TypeError(`${name} exports no function createStage(options, context)`);
    return module.createStage as StageFactory;
  }
  const load = Object.hasOwn(stageFactories, name) ? stageFactories[name] : undefined;
  if (load === undefined)
    throw new SyntaxError(`No stage is called ${name}; there are ${Object.keys(stageFactories).join(", ")}`);
  return load();
}
