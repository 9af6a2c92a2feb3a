import type { TextEncoderModel } from "@llamero/core";
import { findModel } from "@llamero/core/hub/store";

/** Loads the encoder that a shield names: a folder, or a model that was pulled. */
export async function openClassifier(shield: string, name: string): Promise<TextEncoderModel> {
  const stored = await findModel(name);
  if (stored === null)
    throw new TypeError(
      `Shield ${shield} judges with ${name}, which is no folder and no model of the store; get it: llamero pull hf:${name.replace(/^hf:/, "")}`,
    );
  const { isEncoderFolder, loadEncoder } = await import("@llamero/core");
  if (!isEncoderFolder(stored.path))
    throw new TypeError(`Shield ${shield} judges with ${name}, which is no text encoder`);
  return await loadEncoder(stored.path);
}
