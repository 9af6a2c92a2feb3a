/**
 * Compares our OpenAPI document with another, operation by operation, where both have it:
 * `node --conditions=@llamero/source --import tsx tools/compare-openapi.ts THEIRS [--responses FILE] [--list]`.
 * `--responses` names another document for the operations of Responses, as upstream takes Open Responses for them.
 *
 * Counted is every parameter and every property of bodies and answers of theirs, unions merged, down to a depth; one is
 * `missing` where ours lacks it, and an `issue` where a type or a word that it may have is not in ours. The score is the
 * share without either. What ours describes as refused (`x-refused`, see `stack/src/api/refused.ts`) counts in the first
 * score, and not in the second.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { describeApi } from "../packages/stack/src/describe-api.ts";

type Node = Record<string, unknown>;

interface Document {
  paths: Record<string, Record<string, Node>>;
  root: Node;
}

/** Deeper than any client looks. */
const maxDepth = 4;

function resolve(root: Node, node: unknown): Node {
  let found = (node ?? {}) as Node;
  for (let hop = 0; hop < 20 && typeof found["$ref"] === "string"; hop++) {
    const steps = found["$ref"].slice(2).split("/");
    found = steps.reduce<unknown>((at, step) => (at as Node | undefined)?.[step], root) as Node;
  }
  return found ?? {};
}

/** What a value may be, all branches of its unions together. */
interface Shape {
  types: Set<string>;
  words: Set<string>;
  /** Any string will do. */
  isFree: boolean;
  properties: Map<string, Node[]>;
  items: Node[];
  /** Of properties without a name of their own. */
  others: Node[];
}

function shapeOf(root: Node, nodes: readonly Node[]): Shape {
  const shape: Shape = {
    types: new Set(),
    words: new Set(),
    isFree: false,
    properties: new Map(),
    items: [],
    others: [],
  };
  const seen = new Set<Node>();
  const visit = (node: unknown): void => {
    const schema = resolve(root, node);
    if (seen.has(schema)) return;
    seen.add(schema);
    for (const branch of ["allOf", "anyOf", "oneOf"])
      for (const each of (schema[branch] as unknown[] | undefined) ?? []) visit(each);
    const types = [schema["type"] ?? []].flat() as string[];
    for (const type of types) shape.types.add(type === "integer" ? "number" : type);
    const words = schema["const"] !== undefined ? [schema["const"]] : (schema["enum"] as unknown[]);
    if (words !== undefined) for (const word of words) shape.words.add(String(word));
    else if (types.includes("string")) shape.isFree = true;
    for (const [name, each] of Object.entries((schema["properties"] as Node | undefined) ?? {})) {
      shape.types.add("object");
      shape.properties.set(name, [...(shape.properties.get(name) ?? []), each as Node]);
    }
    const others = schema["additionalProperties"];
    if (typeof others === "object" && others !== null) shape.others.push(others as Node);
    if (schema["items"] !== undefined) shape.items.push(schema["items"] as Node);
  };
  for (const node of nodes) visit(node);
  return shape;
}

interface Finding {
  path: string;
  what: "missing" | "issue";
  detail: string;
}

class Comparison {
  total = 0;
  readonly findings: Finding[] = [];
  readonly #theirs: Node;
  readonly #ours: Node;

  constructor(theirs: Node, ours: Node) {
    this.#theirs = theirs;
    this.#ours = ours;
  }

  compare(path: string, theirs: readonly Node[], ours: readonly Node[], depth = 0): void {
    const want = shapeOf(this.#theirs, theirs);
    const have = shapeOf(this.#ours, ours);
    for (const [name, nodes] of want.properties) {
      const at = `${path}.${name}`;
      this.total++;
      const found = have.properties.get(name) ?? (have.others.length > 0 ? have.others : undefined);
      if (found === undefined) this.findings.push({ path: at, what: "missing", detail: "" });
      else {
        this.checkValue(at, nodes, found);
        if (depth < maxDepth) this.compare(at, nodes, found, depth + 1);
      }
    }
    if (want.items.length > 0 && have.items.length > 0 && depth < maxDepth)
      this.compare(`${path}[]`, want.items, have.items, depth + 1);
  }

  checkValue(path: string, theirs: readonly Node[], ours: readonly Node[]): void {
    const want = shapeOf(this.#theirs, theirs);
    const have = shapeOf(this.#ours, ours);
    // An empty schema takes everything.
    if (have.types.size === 0 && have.words.size === 0) return;
    const types = [...want.types].filter((type) => type !== "null" && !have.types.has(type));
    const words = have.isFree ? [] : [...want.words].filter((word) => !have.words.has(word));
    if (types.length + words.length > 0)
      this.findings.push({ path, what: "issue", detail: [...types, ...words].join(", ") });
  }
}

const openDocument = (root: Node): Document => ({
  root,
  paths: root["paths"] as Document["paths"],
});

/** The schema of a JSON or form body, or of a JSON answer. */
function contentSchema(root: Node, holder: unknown): Node[] {
  const content = (resolve(root, holder)["content"] ?? {}) as Record<string, Node>;
  const chosen = content["application/json"] ?? content["multipart/form-data"];
  return chosen?.["schema"] === undefined ? [] : [chosen["schema"] as Node];
}

const withoutNames = (path: string): string => path.replace(/^\/v1(?=\/)/, "").replaceAll(/\{[^}]+\}/g, "{}");

/** The document without what it describes as refused. */
function withoutRefused(value: unknown): unknown {
  if (Array.isArray(value)) {
    const isRefused = (each: unknown): boolean => (each as Node | null)?.["x-refused"] === true;
    return value.filter((each) => !isRefused(each)).map(withoutRefused);
  }
  if (typeof value !== "object" || value === null) return value;
  const node = value as Node;
  const words = node["x-refused-words"] as unknown[] | undefined;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([, each]) => (each as Node | null)?.["x-refused"] !== true)
      .map(([key, each]) => [
        key,
        key === "enum" && words !== undefined
          ? (each as unknown[]).filter((word) => !words.includes(word))
          : withoutRefused(each),
      ]),
  );
}

type Choose = (path: string) => boolean;

function compareDocuments(
  theirs: Document,
  ours: Document,
  isChosen: Choose,
): { shared: number; all: number; result: Comparison } {
  const result = new Comparison(theirs.root, ours.root);
  const own = new Map(Object.entries(ours.paths).map(([path, each]) => [withoutNames(path), each]));
  let shared = 0;
  let all = 0;
  for (const [path, operations] of Object.entries(theirs.paths)) {
    if (!isChosen(path)) continue;
    for (const [method, operation] of Object.entries(operations)) {
      if (!["get", "post", "put", "delete"].includes(method)) continue;
      all++;
      const found = own.get(withoutNames(path))?.[method];
      if (found === undefined) continue;
      shared++;
      const at = `${method.toUpperCase()} ${path}`;
      const parameters = (found["parameters"] ?? []) as Node[];
      for (const each of (operation["parameters"] ?? []) as Node[]) {
        const parameter = resolve(theirs.root, each);
        if (parameter["in"] !== "query") continue;
        result.total++;
        const mine = parameters
          .map((one) => resolve(ours.root, one))
          .find(({ name }) => String(name).replace("[]", "") === String(parameter["name"]).replace("[]", ""));
        const name = `${at} ?${String(parameter["name"])}`;
        if (mine === undefined) result.findings.push({ path: name, what: "missing", detail: "" });
        else result.checkValue(name, [parameter["schema"] as Node], [mine["schema"] as Node]);
      }
      result.compare(
        `${at} body`,
        contentSchema(theirs.root, operation["requestBody"]),
        contentSchema(ours.root, found["requestBody"]),
      );
      const answers = [operation, found].map(({ responses }) => (responses ?? {}) as Node);
      result.compare(
        `${at} answer`,
        contentSchema(theirs.root, answers[0]!["200"]),
        contentSchema(ours.root, answers[1]!["200"]),
      );
    }
  }
  return { shared, all, result };
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { list: { type: "boolean" }, responses: { type: "string" } },
});
const [path] = positionals;
if (path === undefined) throw new TypeError("Name the OpenAPI file to compare with");
const read = (file: string): Document => openDocument(parse(readFileSync(file, "utf8")) as Node);
const ours = JSON.parse(JSON.stringify(describeApi())) as Node;
const isResponses = (at: string): boolean => withoutNames(at).startsWith("/responses");
const theirs = read(path);
const theirResponses = values.responses === undefined ? null : read(values.responses);

/** Both comparisons, as one. */
function compareWith(own: Document): {
  shared: number;
  all: number;
  total: number;
  score: number;
  findings: Finding[];
} {
  const parts = [
    compareDocuments(theirs, own, (at) => theirResponses === null || !isResponses(at)),
    ...(theirResponses === null ? [] : [compareDocuments(theirResponses, own, isResponses)]),
  ];
  const sum = (of: (part: (typeof parts)[number]) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  const findings = parts.flatMap(({ result }) => result.findings);
  const total = sum(({ result }) => result.total);
  const score = (100 * (total - findings.length)) / total;
  return { shared: sum(({ shared }) => shared), all: sum(({ all }) => all), total, score, findings };
}

const { shared, all, total, score, findings } = compareWith(openDocument(ours));
const strict = compareWith(openDocument(withoutRefused(ours) as Node));
const missing = findings.filter(({ what }) => what === "missing").length;
if (values.list)
  for (const { what, path: at, detail } of findings) process.stdout.write(`${what}\t${at}\t${detail}\n`);
process.stdout.write(
  `${shared} of ${all} operations; ${total} properties, ${missing} missing, ` +
    `${findings.length - missing} issues; score ${score.toFixed(1)} %, ` +
    `${strict.score.toFixed(1)} % without what is described as refused\n`,
);
