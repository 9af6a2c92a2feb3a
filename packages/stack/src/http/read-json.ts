import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import { checkValue } from "./check-value.ts";
import { HttpError } from "./http-error.ts";
import { readBody } from "./read-body.ts";

const maxDepth = 64;

/** Refuses what is deeper than any schema, where recursive checks would overflow, and a name that records lose. */
function checkShape(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth === maxDepth) throw new HttpError(400, `The body is nested deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) {
    for (const each of value) checkShape(each, depth + 1);
    return;
  }
  // What JSON gives has names of its own only.
  for (const name in value) {
    if (name === "__proto__") {
      throw new HttpError(400, "No field may be called __proto__", {
        param: "__proto__",
        code: "unsupported_parameter",
      });
    }
    checkShape((value as Record<string, unknown>)[name], depth + 1);
  }
}

/** JSON body of a request, checked against a schema. */
export async function readJson<T>(
  incoming: IncomingMessage,
  schema: z.ZodType<T>,
  maxBytes: number,
): Promise<T> {
  const text = await readBody(incoming, maxBytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HttpError(400, `The body is not JSON: ${reason}`, { code: "invalid_json" });
  }
  checkShape(value, 0);
  return checkValue(schema, value);
}
