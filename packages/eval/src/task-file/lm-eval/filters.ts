import { FunctionReference } from "../yaml-file.ts";
import { pythonRegex } from "./python-regex.ts";

/** Makes of what a model wrote the text that is scored. */
export type Filter = (text: string) => string;
type Options = Readonly<Record<string, unknown>>;

const filters: Readonly<Record<string, (options: Options) => Filter>> = {
  take_first: () => (text) => text,
  remove_whitespace: () => (text) => text.trim(),
  lowercase: () => (text) => text.toLowerCase(),
  uppercase: () => (text) => text.toUpperCase(),
  regex({ regex_pattern = "#### (\\-?[0-9\\.\\,]+)", group_select = 0, fallback = "[invalid]" }) {
    const regex = pythonRegex(String(regex_pattern));
    return (text) => {
      const match = [...text.matchAll(regex)].at(Number(group_select));
      if (match === undefined) return String(fallback);
      // As findall gives it: the whole without groups, else the first group that took part.
      if (match.length === 1) return match[0].trim();
      const groups = match.slice(1).map((group) => group ?? "");
      const found = groups.length === 1 ? groups[0]! : groups.find((group) => group !== "");
      return (found ?? String(fallback)).trim();
    };
  },
  map({ mapping_dict, default_value = null }) {
    const map = new Map(Object.entries((mapping_dict ?? {}) as Options));
    return (text) => String(map.get(text) ?? default_value);
  },
};

/** Filters of a configuration by name; a list without them takes the text as it is. Throws RangeError. */
export function parseFilters(list: unknown): Readonly<Record<string, Filter>> {
  if (!Array.isArray(list)) return { none: (text) => text };
  return Object.fromEntries(
    list.map((each: { name?: unknown; filter?: unknown }) => {
      const steps = (Array.isArray(each.filter) ? each.filter : []).map((step: Options): Filter => {
        const { function: name, ...options } = step;
        if (name instanceof FunctionReference)
          throw new RangeError(`filter_list: !function ${name.name} is Python code, which cannot run here`);
        const make = Object.hasOwn(filters, String(name)) ? filters[String(name)] : undefined;
        if (make === undefined)
          throw new RangeError(
            `filter_list: the filter ${String(name)} is not built; there are ${Object.keys(filters).join(", ")}`,
          );
        return make(options);
      });
      return [String(each.name), (text: string) => steps.reduce((so, step) => step(so), text)];
    }),
  );
}
