import type { Json } from "../api/json.ts";

const form = /^data:([^,;]*)((?:;[^,;]*)*),/i;

/** Whether a URI holds its data itself. */
export const isDataUri = (uri: string): boolean => /^data:/i.test(uri);

/** Rows in a `data:` URI: CSV with a head, JSON lines, or a JSON array of objects. Throws SyntaxError for anything else. */
export function readDataUri(uri: string): Json[] {
  const head = form.exec(uri);
  if (head === null) throw new SyntaxError("The data URI has no comma before its data");
  const body = uri.slice(head[0].length);
  const isBase64 = /;base64$/i.test(head[2]!);
  let text: string;
  try {
    text = isBase64 ? Buffer.from(body, "base64").toString("utf8") : decodeURIComponent(body);
  } catch {
    throw new SyntaxError("The data of the URI is not percent-encoded UTF-8");
  }
  const type = head[1]!.toLowerCase().split("/").at(-1)!;
  if (type === "csv") return readCsv(text);
  if (/^(x-)?(jsonl|jsonlines|ndjson)$/.test(type)) return readJsonLines(text);
  if (type !== "json") {
    throw new SyntaxError(
      `Data of type ${head[1]!.slice(0, 40)} is not read; give text/csv, application/jsonl or application/json`,
    );
  }
  const value = parse(text, "The data");
  if (!Array.isArray(value)) throw new SyntaxError("The data is no JSON array of rows");
  return value;
}

/** Values of the lines of a text that have any. */
export function readJsonLines(text: string): Json[] {
  return text
    .split("\n")
    .flatMap((line, index) => (line.trim() === "" ? [] : [parse(line, `Line ${index + 1}`)]));
}

function parse(text: string, what: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new SyntaxError(`${what} is not JSON`);
  }
}

/** RFC 4180: fields between commas, quoted where they have commas, quotes or line ends; all values are text. */
function readCsv(text: string): Json[] {
  const lines: string[][] = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (field.lastIndex < text.length) {
    const line = lines.length;
    const found = field.exec(text);
    if (found === null) throw new SyntaxError(`Row ${line} of the CSV has a quote in the wrong place`);
    lines.at(-1)!.push(found[1]?.replaceAll('""', '"') ?? found[2]!);
    if (found[3] !== "," && field.lastIndex < text.length) lines.push([]);
    if (found[3] === "," && field.lastIndex === text.length) lines.at(-1)!.push("");
  }
  const [names = [], ...rows] = lines.filter((line) => line.length > 1 || line[0] !== "");
  return rows.map((values, index) => {
    if (values.length === names.length)
      return Object.fromEntries(names.map((name, at) => [name.replace(/^\uFEFF/, ""), values[at]!]));
    throw new SyntaxError(
      `Row ${index + 1} of the CSV has ${values.length} fields; its head has ${names.length}`,
    );
  });
}
