import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { z } from "zod";
import type { ProviderSettings } from "../providers/provider-type.ts";
import { providerTypes } from "../providers/registry.ts";
import { ConfigError } from "./config-error.ts";
import { type ConfigFile, configSchema } from "./config-schema.ts";
import { type Environment, expandEnv, hasReference } from "./expand-env.ts";

type Path = readonly (string | number)[];

/** Reads a configuration from YAML and replaces its variables; throws ConfigError that names the line. */
export function readConfig(text: string, env: Environment, file = "the configuration"): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (node: Node | null | undefined): number => lines.linePos(node?.range?.[0] ?? 0).line;
  const at = (line: number): string => `${file}, line ${line}`;
  const [broken] = document.errors;
  if (broken !== undefined) {
    throw new ConfigError(`${at(lines.linePos(broken.pos[0]).line)}: ${broken.message}`, null, {
      cause: broken,
    });
  }
  visit(document, {
    Scalar(key, node) {
      if (key === "key" || typeof node.value !== "string" || !hasReference(node.value)) return;
      try {
        node.value = expandEnv(node.value, env);
      } catch (error) {
        throw new ConfigError(`${at(lineOf(node))}: ${error instanceof Error ? error.message : error}`);
      }
    },
  });
  const value: unknown = document.toJS() ?? {};
  const check = <T>(schema: z.ZodType<T>, part: unknown, path: Path): T => {
    const result = schema.safeParse(part);
    if (result.success) return result.data;
    const { message, path: where, hint } = describe(result.error.issues[0]!, schema, part);
    const full = [...path, ...where];
    throw new ConfigError(`${at(lineOf(nearestNode(document.contents, full)))}: ${message(full)}`, hint);
  };
  const config = check(configSchema, value, []);
  const providers = (config.providers ?? []).map((settings, index) => {
    const type = providerTypes[settings.type];
    if (type === undefined) {
      const node = nearestNode(document.contents, ["providers", index, "type"]);
      const types = Object.keys(providerTypes).join(" and ");
      throw new ConfigError(
        `${at(lineOf(node))}: There is no type of providers called ${settings.type}`,
        `The types are ${types}`,
      );
    }
    return check<ProviderSettings>(type.schema, settings, ["providers", index]);
  });
  return config.providers === undefined ? config : { ...config, providers };
}

interface Problem {
  path: Path;
  message: (path: Path) => string;
  hint: string | null;
}

function describe(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown): Problem {
  if (issue.code === "invalid_union") {
    // The branch that got furthest is the one that was meant.
    const branches = issue.errors.map(([first]) => first).filter((each) => each !== undefined);
    const inner = branches.find(({ code }) => code === "unrecognized_keys") ?? branches[0];
    if (inner !== undefined) {
      const found = describe(
        { ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue,
        schema,
        value,
      );
      return found;
    }
  }
  const path = issue.path as Path;
  if (issue.code === "unrecognized_keys") {
    const [key] = issue.keys;
    return {
      path: [...path, key!],
      message: (full) => `There is no setting ${show(full)}`,
      hint: keyHint(schema, path, key!),
    };
  }
  return {
    path,
    message: (full) => `${full.length === 0 ? "The file" : show(full)}: ${issue.message}`,
    hint: null,
  };
}

const show = (path: Path): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");

/** What a key that is not there may have been meant as. */
function keyHint(schema: z.ZodType, path: Path, key: string): string | null {
  let shape: unknown = schema;
  for (const step of path) shape = inside(shape, step);
  const known = Object.keys((unwrap(shape) as { shape?: object })?.shape ?? {});
  if (known.length === 0) return null;
  const near = known.find((each) => isNear(each, key));
  return near === undefined
    ? `There is ${known.join(", ")}`
    : `Is ${near} meant? There is ${known.join(", ")}`;
}

interface SchemaParts {
  unwrap?: () => unknown;
  shape?: Record<string, unknown>;
  element?: unknown;
}

function unwrap(schema: unknown): unknown {
  let inner = schema as SchemaParts | undefined;
  while (inner?.unwrap !== undefined && inner.shape === undefined && inner.element === undefined) {
    inner = inner.unwrap() as SchemaParts;
  }
  return inner;
}

function inside(schema: unknown, step: string | number): unknown {
  const parts = unwrap(schema) as SchemaParts | undefined;
  return typeof step === "number" ? parts?.element : parts?.shape?.[step];
}

/** Same letters but for one or two: swapped, missing, doubled or wrong. */
function isNear(a: string, b: string): boolean {
  const sorted = (text: string): string =>
    [...text.toLowerCase().replaceAll(/[^a-z0-9]/g, "")].sort().join("");
  const [x, y] = [sorted(a), sorted(b)];
  if (x === y) return true;
  if (Math.abs(x.length - y.length) > 2) return false;
  let common = 0;
  for (let i = 0, j = 0; i < x.length && j < y.length; ) {
    if (x[i] === y[j]) {
      common++;
      i++;
      j++;
    } else if (x[i]! < y[j]!) i++;
    else j++;
  }
  return common >= Math.max(x.length, y.length) - 2 && common > 2;
}

/** The node at a path, or the last one on the way to it. */
function nearestNode(root: unknown, path: Path): Node | null {
  let node = root as Node | null;
  for (const step of path) {
    let next: unknown = null;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (pair === undefined) break;
      const isLast = step === path.at(-1);
      next = isLast ? pair.key : pair.value;
    } else if (isSeq(node) && typeof step === "number") next = node.items[step];
    if (next === null || next === undefined) break;
    node = next as Node;
  }
  return node;
}
