import type { z } from "zod";
import { HttpError } from "./http-error.ts";

type Issue = z.core.$ZodIssue;

/** What a request gives, as its schema wants it; throws an HTTP error that names the field at fault. */
export function checkValue<T>(schema: z.ZodType<T>, value: unknown): T {
  let result = schema.safeParse(value);
  // A few times, since what is deeper may show only then.
  for (let round = 0; round < 3 && !result.success && dropNulls(value, result.error.issues); round++)
    result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(result.error.issues);
}

/** Takes unknown fields that are null out: clients send objects back with all fields that they know of. */
function dropNulls(value: unknown, issues: readonly Issue[]): boolean {
  let isChanged = false;
  for (const issue of issues.map(innermost)) {
    if (issue.code !== "unrecognized_keys") continue;
    const owner = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], value);
    for (const key of issue.keys) {
      if (typeof owner !== "object" || owner === null || Reflect.get(owner, key) !== null) continue;
      isChanged = Reflect.deleteProperty(owner, key) || isChanged;
    }
  }
  return isChanged;
}

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

const shown = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}...` : text);

function invalid(issues: readonly Issue[]): HttpError {
  // An unknown field is the better hint when a misspelt field is also missing.
  const chosen = innermost(issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]!);
  if (chosen.code === "unrecognized_keys") {
    const names = chosen.keys.map((key) => pathText([...chosen.path, key]));
    const what = names.length === 1 ? "field" : "fields";
    return new HttpError(400, `Unknown or unsupported ${what}: ${shown(names.join(", "))}`, {
      param: shown(names[0]!),
      code: "unsupported_parameter",
    });
  }
  const param = shown(pathText(chosen.path));
  return new HttpError(400, param === "" ? chosen.message : `${param}: ${chosen.message}`, {
    param: param === "" ? null : param,
    code: "invalid_value",
  });
}
