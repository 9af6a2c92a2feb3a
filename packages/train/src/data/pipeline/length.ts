import type { Json } from "../document.ts";
import type { MapStage } from "../stage.ts";
import { numberOption, refuseUnknown } from "./options.ts";

/** Drops texts shorter than `minCharacters` or longer than `maxCharacters`. */
export function createLength(options: Readonly<Record<string, Json>>): MapStage {
  refuseUnknown("length", options, ["minCharacters", "maxCharacters"]);
  const min = numberOption("length", options, "minCharacters", 1);
  const max = numberOption("length", options, "maxCharacters", Number.MAX_SAFE_INTEGER);
  return {
    kind: "map",
    name: "length",
    version: 1,
    options: { minCharacters: min, maxCharacters: max },
    apply(document) {
      const size = document.text.length;
      if (size < min) return { keep: false, reason: "too short", detail: `${size} characters` };
      if (size > max) return { keep: false, reason: "too long", detail: `${size} characters` };
      return { keep: true, document };
    },
  };
}
