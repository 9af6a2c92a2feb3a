import type { z } from "zod";
import { checkValue } from "./check-value.ts";
import type { RequestContext } from "./env.ts";
import { HttpError } from "./http-error.ts";
import { readBody } from "./read-body.ts";

const maxDepth = 64;

/** Refuses what is deeper than any schema, where recursive checks would overflow, and a name that records lose. */
function checkShape(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw new HttpError(400, `The body is nested deeper than ${maxDepth} levels`);
    level = level.flatMap((each) => {
      if (typeof each !== "object" || each === null) return [];
      if (!Object.hasOwn(each, "__proto__")) return Object.values(each);
      throw new HttpError(400, "No field may be called __proto__", {
        param: "__proto__",
        code: "unsupported_parameter",
      });
    });
  }
}

/** JSON body of a request, checked against a schema. */
export async function readJson<T>(c: RequestContext, schema: z.ZodType<T>, maxBytes: number): Promise<T> {
  const text = await readBody(c.env.incoming, maxBytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HttpError(400, `The body is not JSON: ${reason}`, { code: "invalid_json" });
  }
  checkShape(value);
  return checkValue(schema, value);
}
