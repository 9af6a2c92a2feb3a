import type { Document, Json } from "../document.ts";
import { extractHtml } from "../extract/extract-html.ts";
import { declaredCharset, decodeText } from "./decode-text.ts";
import type { InputError, RawRecord } from "./record.ts";

/** What a record's fields mean. */
export interface RecordSchema {
  /** The source's name in the configuration. */
  name: string;
  text: string;
  url: string;
  meta: readonly string[] | null;
}

/** Decodes a record and finds its text. Runs in the workers. */
export function expandRecord(record: RawRecord, schema: RecordSchema): Document | InputError {
  const id = `${schema.name}/${record.file}${record.position === "" ? "" : `#${record.position}`}`;
  const base = { id, source: schema.name, meta: record.meta ?? {} };
  const url = record.url === undefined ? {} : { url: record.url };
  switch (record.kind) {
    case "json":
    case "row":
      return fromFields(record, schema, base);
    case "text": {
      const { text, encoding } = decodeText(record.body, record.charset);
      return { ...base, ...url, text: tidy(text), meta: withEncoding(base.meta, encoding) };
    }
    case "html": {
      const { text: html, encoding } = decodeText(
        record.body,
        record.charset ?? declaredCharset(record.body),
      );
      const { text, title, way } = extractHtml(html);
      const meta = {
        ...withEncoding(base.meta, encoding),
        ...(title === "" ? {} : { title }),
        extraction: way,
      };
      return { ...base, ...url, text: tidy(text), meta };
    }
    default:
      return record.kind satisfies never;
  }
}

function fromFields(
  record: RawRecord,
  schema: RecordSchema,
  base: Omit<Document, "text">,
): Document | InputError {
  const where = record.kind === "json" ? `line ${record.position}` : `row ${record.position}`;
  const fail = (message: string): InputError => ({
    source: schema.name,
    file: record.file,
    position: where,
    message,
  });
  let fields = record.row;
  let meta = base.meta;
  if (fields === undefined) {
    const { text, encoding } = decodeText(record.body);
    try {
      const value = JSON.parse(text) as Json;
      if (typeof value !== "object" || value === null || Array.isArray(value))
        return fail(`Not a JSON object: ${text.slice(0, 60)}`);
      fields = value as Readonly<Record<string, Json>>;
    } catch (error) {
      return fail(`Not JSON: ${(error as Error).message.slice(0, 200)}`);
    }
    meta = withEncoding(meta, encoding);
  }
  const text = fields[schema.text];
  if (typeof text !== "string") {
    const names = Object.keys(fields).slice(0, 20).join(", ");
    return fail(
      text === undefined
        ? `No field ${schema.text}; there are ${names || "none"}`
        : `Field ${schema.text} is not a text: ${JSON.stringify(text).slice(0, 60)}`,
    );
  }
  const kept: Record<string, Json> = { ...meta };
  for (const [key, value] of Object.entries(fields)) {
    if (key !== schema.text && key !== schema.url && (schema.meta === null || schema.meta.includes(key)))
      kept[key] = value;
  }
  const url = fields[schema.url];
  return { ...base, text: tidy(text), meta: kept, ...(typeof url === "string" && url !== "" ? { url } : {}) };
}

/** Line ends as one character, and halves of surrogate pairs as U+FFFD, so that every text can be written as UTF-8. */
function tidy(text: string): string {
  const lines = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  return lines.replace(/\p{Surrogate}/gu, "\ufffd");
}

function withEncoding(meta: Document["meta"], encoding: string): Document["meta"] {
  return encoding === "utf-8" ? meta : { ...meta, encoding };
}
