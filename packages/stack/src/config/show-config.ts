import { stringify } from "yaml";
import type { ConfigFile } from "./config-schema.ts";

const hidden = "********";
const secretFields: ReadonlySet<string> = new Set(["api_key", "key"]);
/** Fields whose every value may be secret. */
const secretMaps: ReadonlySet<string> = new Set(["headers", "query"]);

/** A configuration as text, without its secrets. */
export function showConfig(config: ConfigFile, format: "yaml" | "json" = "yaml"): string {
  const shown = hide(config, "");
  return format === "json" ? `${JSON.stringify(shown, null, 2)}\n` : stringify(shown);
}

function hide(value: unknown, field: string): unknown {
  if (Array.isArray(value)) return value.map((each) => hide(each, field));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => {
        const isSecret = secretFields.has(name) || secretMaps.has(field);
        return [name, isSecret && each !== null && each !== "" ? hidden : hide(each, name)];
      }),
    );
  }
  if (typeof value !== "string") return value;
  // Passwords in addresses, and what comes behind a question mark.
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(value)
    ? value.replace(/\/\/[^/@]*@/, `//${hidden}@`).replace(/\?.*$/, `?${hidden}`)
    : value;
}
