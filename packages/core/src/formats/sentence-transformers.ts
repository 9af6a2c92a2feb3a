import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { readOptionalJson } from "./folder-files.ts";
import { FormatError } from "./format-error.ts";
import { isJsonObject, parseJsonObject, readText } from "./json-fields.ts";

/** How the states of a text's tokens become one vector. */
export interface SentenceSettings {
  pooling: "mean" | "cls";
  /** Longest text in tokens that the model was made for; null where the folder does not say. */
  maxTokens: number | null;
}

const poolingFields = {
  pooling_mode_mean_tokens: "mean",
  pooling_mode_cls_token: "cls",
} as const;

function readPooling(path: string): SentenceSettings["pooling"] {
  const config = readOptionalJson(path);
  if (config === null)
    throw new FormatError("No pooling configuration; fetch the whole folder", { file: path });
  const named = config["pooling_mode"];
  const chosen = Object.keys(config).filter((key) => key.startsWith("pooling_mode_") && config[key] === true);
  if (chosen.length === 0 && (named === "mean" || named === "cls")) return named;
  const pooling = poolingFields[chosen[0] as keyof typeof poolingFields];
  if (chosen.length !== 1 || pooling === undefined)
    throw new FormatError(
      `Pooling ${chosen.join(" + ") || String(named)} is not supported; mean and cls are`,
      {
        file: path,
      },
    );
  return pooling;
}

/** Reads modules.json of a sentence-transformers folder, and what it names; without one, mean pooling. */
export function readSentenceSettings(folder: string): SentenceSettings {
  const limit = readOptionalJson(join(folder, "sentence_bert_config.json"))?.["max_seq_length"];
  const maxTokens = typeof limit === "number" && limit > 0 ? limit : null;
  const path = join(folder, "modules.json");
  if (!existsSync(path)) return { pooling: "mean", maxTokens };
  // The file is a list; the reader of objects wants one around it.
  const modules = parseJsonObject(`{"modules":${readText(path)}}`, path)["modules"];
  if (!Array.isArray(modules)) throw new FormatError("Not a list of modules", { file: path });
  let pooling: SentenceSettings["pooling"] = "mean";
  for (const each of modules.filter(isJsonObject)) {
    const kind = String(each["type"]).split(".").at(-1);
    if (kind === "Pooling") {
      // The path comes with the download: only folders beside the file are looked into.
      pooling = readPooling(join(folder, basename(String(each["path"])), "config.json"));
    } else if (kind !== "Transformer" && kind !== "Normalize") {
      throw new FormatError(`Module ${kind} is not supported; Transformer, Pooling and Normalize are`, {
        file: path,
      });
    }
  }
  return { pooling, maxTokens };
}
