import { parse, parseDocument } from "yaml";

/**
 * The text of a YAML file with `key=value` set; the key with dots, the value YAML. For kinds whose reader takes a text
 * only. Throws SyntaxError.
 */
export function withOverrides(text: string, path: string, overrides: readonly string[]): string {
  if (overrides.length === 0) return text;
  const yaml = parseDocument(text, { prettyErrors: true });
  if (yaml.errors.length > 0) throw new SyntaxError(`${path} is not YAML: ${yaml.errors[0]!.message.trim()}`);
  for (const override of overrides) {
    const cut = override.indexOf("=");
    const keys = override.slice(0, Math.max(0, cut)).split(".");
    if (cut <= 0 || keys.includes("") || keys.includes("__proto__"))
      throw new SyntaxError(`${override} is not an override; write key=value, such as seed=2`);
    try {
      yaml.setIn(keys.map(keyOf), parse(override.slice(cut + 1)));
    } catch (cause) {
      throw new SyntaxError(`${override} cannot be set: ${(cause as Error).message}`, { cause });
    }
  }
  return yaml.toString();
}

/** Numbers are places of a list: `tasks.0.count=10`. */
const keyOf = (key: string): string | number => (/^\d+$/.test(key) ? Number(key) : key);
