import type { Json } from "../document.ts";

/** Throws where a table of options has a name that its reader does not know. */
export function refuseUnknown(
  owner: string,
  options: Readonly<Record<string, unknown>>,
  known: readonly string[],
): void {
  const stranger = Object.keys(options).find((key) => !known.includes(key));
  if (stranger !== undefined)
    throw new SyntaxError(`${owner} has no option ${stranger}; it takes ${known.join(", ") || "none"}`);
}

/** A number of at least 0, or the fallback where the option is not given. */
export function numberOption(
  owner: string,
  options: Readonly<Record<string, Json>>,
  key: string,
  fallback: number,
): number {
  const value = options[key];
  if (value === undefined) return fallback;
  if (typeof value !== "number" || !(value >= 0))
    throw new SyntaxError(`${owner}: ${key} takes a number of at least 0, not ${JSON.stringify(value)}`);
  return value;
}
