import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import type { Json, Verdict } from "../document.ts";
import { isCode } from "../filters/filter-options.ts";
import { numberOption, refuseUnknown } from "../pipeline/options.ts";
import type { MapStage } from "../stage.ts";
import { loadQualityModel } from "./quality-model.ts";

/**
 * Options: `threshold` (0.5; 0 only annotates) and `model`, a file of trainQuality instead of the one that comes with the
 * package. Puts `quality` into the metadata. Program text and texts in languages without training pass unscored.
 */
export function createQuality(
  written: Readonly<Record<string, Json>>,
  context: { folder: string },
): MapStage {
  refuseUnknown("quality", written, ["threshold", "model"]);
  const threshold = numberOption("quality", written, "threshold", 0.5);
  const path = written["model"];
  if (path !== undefined && typeof path !== "string")
    throw new SyntaxError(`quality: model takes a path, not ${JSON.stringify(path)}`);
  const file = path === undefined ? undefined : resolve(context.folder, path);
  const model = loadQualityModel(file);
  const options: Record<string, Json> = { threshold };
  if (file !== undefined)
    options["modelSha256"] = createHash("sha256").update(readFileSync(file)).digest("hex");
  return {
    kind: "map",
    name: "quality",
    version: 1,
    options,
    apply(document): Verdict {
      const language = document.meta["language"];
      const isForeign = file === undefined && (language === "th" || language === "other");
      if (isCode(document) || isForeign) return { keep: true, document };
      const quality = Math.round(model.score(document.text) * 1000) / 1000;
      if (quality < threshold)
        return { keep: false, reason: "low quality", detail: `${quality}, at least ${threshold}` };
      return { keep: true, document: { ...document, meta: { ...document.meta, quality } } };
    },
  };
}
