import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Embedder } from "@llamero/stack/rag";
import type { Flag } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { textFlag } from "../flags.ts";
import { backendOptions, loadStored, type ModelValues, reportDegradations } from "../model/open-model.ts";
import { resolveModel } from "../model/resolve-model.ts";
import { shippedModel } from "../model/shipped-model.ts";

/** Which model turns texts into vectors. */
export const embedderFlag: Flag<string | null> = textFlag(
  "--embedder <model>",
  "folder of an encoder such as all-MiniLM-L6-v2, or a language model (default: the one that ships)",
);

/** An embedder that is to be closed. */
export type OpenedEmbedder = AsyncDisposable & { embedder: Embedder };

/** Opens an encoder's folder, or a language model; without a name the model that ships. */
export async function openEmbedder(name: string | null, values: ModelValues): Promise<OpenedEmbedder> {
  const { encoderEmbedder, modelEmbedder } = await import("@llamero/stack/rag");
  const { isEncoderFolder, loadEncoder } = await import("@llamero/core");
  if (name !== null && statSync(name, { throwIfNoEntry: false }) !== undefined && isEncoderFolder(name)) {
    const folder = statSync(name).isDirectory() ? name : dirname(name);
    const encoder = await loadEncoder(folder, backendOptions(values));
    reportDegradations(encoder.degradations);
    const id = `${basename(folder)}@${await digest(join(folder, "model.safetensors"))}`;
    return {
      embedder: encoderEmbedder(id, encoder),
      [Symbol.asyncDispose]: async () => encoder.close(),
    };
  }
  const stored = name === null ? shippedModel() : await resolveModel(name);
  if (stored === null) throw new UsageError("No embedder is named and none ships", "Add --embedder MODEL");
  const model = await loadStored(stored, values);
  reportDegradations(model.engine.info().degraded);
  const id = `${stored.name}@${await digest(stored.path)}`;
  return {
    embedder: modelEmbedder(id, model, (text) => model.tokenizer.encode(text).length),
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}

/** Of the weights, so that vectors of another training under the same name are never compared. */
async function digest(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex").slice(0, 12);
}
