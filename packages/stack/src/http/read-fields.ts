import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { checkValue } from "./check-value.ts";
import { HttpError } from "./http-error.ts";
import { readBytes } from "./read-body.ts";

/** What a JSON schema says of the types of one field. */
interface FieldSchema {
  type?: string | string[];
  items?: FieldSchema;
  properties?: Record<string, FieldSchema>;
  additionalProperties?: FieldSchema | boolean;
  anyOf?: FieldSchema[];
}

/** Text of a query or form as the types that its schema wants; text that is no such thing stays text. */
type ReadField = (texts: readonly FormDataEntryValue[]) => unknown;

type FormDataEntryValue = string | File;

const fromText: Readonly<Record<string, (text: string) => unknown>> = {
  integer: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : text),
  number: (text) => (/^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : text),
  boolean: (text) => ({ true: true, false: false })[text] ?? text,
};

const typesOf = ({ type = "string" }: FieldSchema): string[] => [type].flat();

/** The branch of a field that is a list, if any. */
function arrayOf(schema: FieldSchema): FieldSchema | undefined {
  return (schema.anyOf ?? [schema]).find((each) => typesOf(each).includes("array"));
}

function fieldReader(schema: FieldSchema): ReadField {
  const branches = schema.anyOf ?? [schema];
  const types = new Set(branches.flatMap(typesOf));
  const array = arrayOf(schema);
  const readOne = (value: FormDataEntryValue, type: string): unknown =>
    typeof value === "string" ? (fromText[type]?.(value) ?? value) : value;
  if (array !== undefined) {
    const type = typesOf(array.items ?? {})[0]!;
    return (values) => values.map((value) => readOne(value, type));
  }
  const type = ["integer", "number", "boolean"].find((each) => types.has(each)) ?? "string";
  // A field that is given twice must not hide its second value.
  return (values) => (values.length === 1 ? readOne(values[0]!, type) : values);
}

/** Whether a field is an object with keys of any name. */
const isRecord = (schema: FieldSchema): boolean =>
  (schema.anyOf ?? [schema]).some(({ additionalProperties: any }) => typeof any === "object");

function propertiesOf(schema: FieldSchema | undefined): Record<string, FieldSchema> {
  return schema?.properties ?? schema?.anyOf?.find(({ properties }) => properties)?.properties ?? {};
}

/** Reads the named texts of a query or form into a value for a schema. `a[b]` is field b of object a; `a[]` a list. */
export function fieldsReader<T>(
  schema: z.ZodType<T>,
): (entries: Iterable<readonly [string, FormDataEntryValue]>) => T {
  const fields = propertiesOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as FieldSchema);
  const readers = new Map(Object.entries(fields).map(([name, each]) => [name, fieldReader(each)]));
  const lists = new Set(Object.keys(fields).filter((name) => arrayOf(fields[name]!) !== undefined));
  const inner = new Map<string, ReadField>(
    Object.entries(fields).flatMap(([name, field]) =>
      Object.entries(propertiesOf(field)).map(([key, each]) => [`${name}[${key}]`, fieldReader(each)]),
    ),
  );
  const records = new Set(Object.keys(fields).filter((name) => isRecord(fields[name]!)));
  return (entries) => {
    const texts = new Map<string, FormDataEntryValue[]>();
    for (const [name, value] of entries) {
      const list = /^(.+)\[\]$/.exec(name)?.[1];
      const key = list !== undefined && lists.has(list) ? list : name;
      const before = texts.get(key);
      if (before === undefined) texts.set(key, [value]);
      else before.push(value);
    }
    const value = new Map<string, unknown>();
    for (const [name, given] of texts) {
      const nested = /^([^[]+)\[([^\]]+)\]$/.exec(name);
      if (nested === null || !(inner.has(name) || records.has(nested[1]!))) {
        value.set(name, readers.get(name)?.(given) ?? given[0]);
      } else {
        const before = (value.get(nested[1]!) ?? {}) as object;
        const read = inner.get(name) ?? ((texts) => (texts.length === 1 ? texts[0] : texts));
        value.set(nested[1]!, Object.assign(Object.create(null), before, { [nested[2]!]: read(given) }));
      }
    }
    return checkValue(schema, Object.fromEntries(value));
  };
}

/** Fields and files of a multipart/form-data body. */
export async function readForm(
  incoming: IncomingMessage,
  maxBytes: number,
): Promise<Iterable<[string, FormDataEntryValue]>> {
  const type = incoming.headers["content-type"] ?? "";
  if (!/^multipart\/form-data\s*;/i.test(type)) {
    throw new HttpError(400, "The body must be multipart/form-data with a boundary", {
      code: "invalid_form",
    });
  }
  const bytes = await readBytes(incoming, maxBytes);
  try {
    const form = await new Response(bytes, { headers: { "Content-Type": type } }).formData();
    return form.entries() as Iterable<[string, FormDataEntryValue]>;
  } catch {
    throw new HttpError(400, "The body is not multipart/form-data as its Content-Type says", {
      code: "invalid_form",
    });
  }
}
