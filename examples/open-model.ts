import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type LoadedModel, loadModel } from "@llamero/core";

const cria: string = fileURLToPath(new URL("../packages/cli/model/cria.gguf", import.meta.url));

/** Opens the model of an example: a file or folder of one's own, or Cria, which comes with the repository. */
export async function openModel(path: string = cria): Promise<LoadedModel> {
  if (!existsSync(path))
    throw new TypeError(`There is no model at ${path}; give a GGUF file or a folder of safetensors`);
  return await loadModel(path);
}
