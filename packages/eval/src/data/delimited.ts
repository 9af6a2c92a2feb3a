/** A record of a CSV file and the line that it begins in. */
export interface DelimitedRecord {
  line: number;
  fields: readonly string[];
}

/** Records of comma-separated values as RFC 4180 writes them: quotes around fields, doubled inside, newlines allowed. */
export function parseCsv(text: string, path: string): DelimitedRecord[] {
  const records: DelimitedRecord[] = [];
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const record: { line: number; fields: string[] } = { line, fields: [] };
    for (;;) {
      const field = text[at] === '"' ? quoted(text, at) : plain(text, at);
      if (field === null) {
        throw new SyntaxError(`${path}, line ${line}: a quote is never closed; close or double it`);
      }
      record.fields.push(field.value);
      line += field.numLines;
      at = field.end;
      if (text[at] !== ",") break;
      at++;
    }
    if (at < text.length && text[at] !== "\n" && text[at] !== "\r") {
      throw new SyntaxError(
        `${path}, line ${line}: text behind a closing quote; double quotes inside fields`,
      );
    }
    if (text[at] === "\r") at++;
    if (text[at] === "\n") at++;
    line++;
    if (record.fields.length > 1 || record.fields[0] !== "") records.push(record);
  }
  return records;
}

interface Field {
  value: string;
  end: number;
  numLines: number;
}

function plain(text: string, from: number): Field {
  const stop = /[,\r\n]/g;
  stop.lastIndex = from;
  const end = stop.exec(text)?.index ?? text.length;
  return { value: text.slice(from, end), end, numLines: 0 };
}

function quoted(text: string, from: number): Field | null {
  let value = "";
  for (let at = from + 1; ; ) {
    const end = text.indexOf('"', at);
    if (end === -1) return null;
    value += text.slice(at, end);
    if (text[end + 1] !== '"') return { value, end: end + 1, numLines: value.split("\n").length - 1 };
    value += '"';
    at = end + 2;
  }
}

/** Records of tab-separated values: a line each, without quoting. */
export function parseTsv(text: string): DelimitedRecord[] {
  return text
    .split(/\r?\n/)
    .map((row, at) => ({ line: at + 1, fields: row.split("\t") }))
    .filter(({ fields }) => fields.length > 1 || fields[0] !== "");
}
