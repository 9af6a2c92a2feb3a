import type { Tokenizer } from "@llamero/core";
import type { StoredModel } from "@llamero/core/hub/store";
import { UsageError } from "../errors.ts";

/** The tokenizer of a model, or of a bare tokenizer file (tokenizer.json, tokenizer.model). */
export async function readTokenizer(model: StoredModel): Promise<Tokenizer> {
  const { loadTokenizer, openCheckpoint } = await import("@llamero/core");
  if (/tokenizer[^/]*\.json$/.test(model.path)) {
    const { readFileSync } = await import("node:fs");
    return loadTokenizer({ kind: "tokenizer.json", text: readFileSync(model.path, "utf8") });
  }
  if (model.path.endsWith("tokenizer.model")) {
    const { readFileSync } = await import("node:fs");
    return loadTokenizer({ kind: "tokenizer.model", bytes: readFileSync(model.path) });
  }
  const { tokenizer } = openCheckpoint(model.path);
  if (tokenizer === null) {
    throw new UsageError(
      `${model.path} holds no tokenizer`,
      "Name a GGUF file or a folder with tokenizer.json",
    );
  }
  return loadTokenizer(tokenizer);
}
