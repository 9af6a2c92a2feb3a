import type { z } from "zod";
import type { RequestContext } from "./env.ts";
import { HttpError } from "./http-error.ts";
import { readBody } from "./read-body.ts";

const maxDepth = 64;

/** Deeper than any schema or tool argument, and where recursive checks would overflow the stack. */
function checkDepth(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw new HttpError(400, `The body is nested deeper than ${maxDepth} levels`);
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
}

/** JSON body of a request, checked against a schema. */
export async function readJson<T>(c: RequestContext, schema: z.ZodType<T>): Promise<T> {
  const text = await readBody(c.env.incoming);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HttpError(400, `The body is not JSON: ${reason}`, { code: "invalid_json" });
  }
  checkDepth(value);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(result.error.issues);
}

type Issue = z.core.$ZodIssue;

/** The innermost problem: of the branches of a union, the one that fits best. */
function innermost(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  const candidates = issue.errors
    .flatMap((branch) => branch.slice(0, 1))
    .map((each) => innermost({ ...each, path: [...issue.path, ...each.path] }));
  return candidates.reduce((best, each) => (each.path.length > best.path.length ? each : best), issue);
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

function invalid(issues: readonly Issue[]): HttpError {
  // An unknown field is the better hint when a misspelt field is also missing.
  const chosen = innermost(issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]!);
  if (chosen.code === "unrecognized_keys") {
    const names = chosen.keys.map((key) => pathText([...chosen.path, key]));
    return new HttpError(
      400,
      `Unknown or unsupported ${names.length === 1 ? "field" : "fields"}: ${names.join(", ")}`,
      { param: names[0]!, code: "unsupported_parameter" },
    );
  }
  const param = pathText(chosen.path);
  return new HttpError(400, param === "" ? chosen.message : `${param}: ${chosen.message}`, {
    param: param === "" ? null : param,
    code: "invalid_value",
  });
}
