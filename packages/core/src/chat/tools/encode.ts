import type { CallContent } from "./builtin.ts";
import { encodeFunctionTagCall } from "./function-tag.ts";
import { encodeJsonCall } from "./json-call.ts";
import { encodePythonicCalls } from "./pythonic.ts";

/** How a model writes calls to functions it was given. */
export type ToolCallFormat = "json" | "function-tag" | "pythonic";

const encoders: Readonly<Record<ToolCallFormat, (calls: readonly CallContent[]) => string>> = {
  json: (calls) => calls.map(encodeJsonCall).join("; "),
  "function-tag": (calls) => calls.map(encodeFunctionTagCall).join(""),
  pythonic: encodePythonicCalls,
};

/** Text of calls to functions that the model was given, as it would write them itself. */
export function encodeToolCalls(calls: readonly CallContent[], format: ToolCallFormat): string {
  return encoders[format](calls);
}
