import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Document } from "../document.ts";
import { Shards } from "../output/shards.ts";
import { zstdCompressor } from "../output/zstd.ts";
import { expandRecord } from "./expand.ts";
import { listFiles } from "./list-files.ts";
import { openBytes } from "./open-bytes.ts";
import { formatOfName, readFile } from "./read-file.ts";
import type { InputError } from "./record.ts";

function makeFolder(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "llamero-readers-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

async function readAll(
  path: string,
  limits = { lineBytes: 1 << 20, documentBytes: 1 << 20 },
): Promise<{ documents: Document[]; errors: InputError[]; sha256: string | null }> {
  const documents: Document[] = [];
  const errors: InputError[] = [];
  const reader = readFile({ source: 0, sourceName: "s", file: "f", path, limits }, formatOfName(path)!);
  for (;;) {
    const step = await reader.next();
    if (step.done === true) return { documents, errors, sha256: step.value?.sha256 ?? null };
    const { record, error } = step.value;
    const found =
      record === undefined
        ? error
        : expandRecord(record, { name: "s", text: "text", url: "url", meta: null });
    if ("id" in found) documents.push(found);
    else errors.push(found);
  }
}

const texts = (documents: readonly Document[]): string[] => documents.map(({ text }) => text);

test("readFile reads JSON lines and names the line of what is broken", async (t) => {
  const folder = makeFolder(t, {
    "a.jsonl": `{"text":"one","url":"http://a/"}\r\n\n{"text":\n[1]\n{"text":5}\n{"other":1}\n{"text":"${"x".repeat(3000)}"}\n{"text":"last"}`,
  });
  const { documents, errors, sha256 } = await readAll(join(folder, "a.jsonl"), {
    lineBytes: 2000,
    documentBytes: 1,
  });
  assert.deepEqual(
    documents.map(({ id, text, url }) => [id, text, url]),
    [
      ["s/f#1", "one", "http://a/"],
      ["s/f#8", "last", undefined],
    ],
  );
  assert.deepEqual(
    errors.map(({ position, message }) => `${position}: ${message.slice(0, 22)}`),
    [
      "line 3: Not JSON: Unexpected e",
      "line 4: Not a JSON object: [1]",
      "line 5: Field text is not a te",
      "line 6: No field text; there a",
      "line 7: Line too long: 3011 by",
    ],
  );
  assert.match(sha256!, /^[0-9a-f]{64}$/);
});

test("readFile reads UTF-8 with a mark, UTF-16 and windows-1252", async (t) => {
  const line = '{"text":"Zoë naïve €"}\n';
  const folder = makeFolder(t, {
    "mark.jsonl": `\ufeff${line}`,
    "wide.jsonl": Buffer.from(`\ufeff${line}${line}`, "utf16le"),
    "old.jsonl": Buffer.from('{"text":"Zo\xeb na\xefve \x80"}\n', "latin1"),
    "old.txt": Buffer.from("caf\xe9", "latin1"),
    "koi.html": Buffer.concat([
      Buffer.from('<html><head><meta charset="koi8-r"></head><body><p>'),
      Buffer.from([0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4]),
      Buffer.from("</p></body></html>"),
    ]),
  });
  for (const [name, expected] of [
    ["mark.jsonl", ["Zoë naïve €"]],
    ["wide.jsonl", ["Zoë naïve €", "Zoë naïve €"]],
    ["old.jsonl", ["Zoë naïve €"]],
    ["old.txt", ["café"]],
    ["koi.html", ["Привет"]],
  ] as const) {
    assert.deepEqual(texts((await readAll(join(folder, name))).documents), expected, name);
  }
});

test("readFile passes a line of 100 MB in small memory", async (t) => {
  const folder = makeFolder(t, {});
  const path = join(folder, "a.jsonl.gz");
  const long = Buffer.alloc(100 * 2 ** 20, 97);
  writeFileSync(path, gzipSync(Buffer.concat([long, Buffer.from('\n{"text":"after"}\n')]), { level: 1 }));
  const { documents, errors } = await readAll(path);
  assert.deepEqual(texts(documents), ["after"]);
  assert.match(errors[0]!.message, /Line too long: 104857600 bytes, and limits\.lineBytes is 1048576/);
});

test("openBytes unpacks several Zstandard frames in any pieces, and finds a cut", async (t) => {
  const compress = await zstdCompressor();
  const parts = ["one ", "two ".repeat(100_000), "", "three"].map((text) => compress(Buffer.from(text)));
  const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const whole = Buffer.concat([parts[0]!, skippable, ...parts.slice(1)]);
  const folder = makeFolder(t, {
    "a.zst": whole,
    "cut.txt.zst": whole.subarray(0, -3),
    "bad.txt.zst": "no zstd here",
  });
  const pieces: Uint8Array[] = [];
  for await (const piece of openBytes(join(folder, "a.zst"))) pieces.push(piece);
  assert.equal(Buffer.concat(pieces).toString(), `one ${"two ".repeat(100_000)}three`);
  assert.match((await readAll(join(folder, "cut.txt.zst"))).errors[0]!.message, /cut off/);
  assert.match((await readAll(join(folder, "bad.txt.zst"))).errors[0]!.message, /Not Zstandard data/);
});

test("readFile says that a gzip file is cut off, after what it could read", async (t) => {
  const lines = Array.from(
    { length: 20_000 },
    (_, index) => `{"text":"line ${index} ${(index * 7919) % 1000}"}`,
  );
  const packed = gzipSync(lines.join("\n"));
  const folder = makeFolder(t, { "a.jsonl.gz": packed.subarray(0, packed.length / 2) });
  const { documents, errors, sha256 } = await readAll(join(folder, "a.jsonl.gz"));
  assert.equal(documents.length > 100, true);
  assert.match(errors.at(-1)!.message, /Cannot be read to its end/);
  assert.equal(sha256, null);
});

function warcRecord(type: string, url: string, contentType: string, block: string | Buffer): Buffer {
  const body = Buffer.from(block as string);
  const head = `WARC/1.0\r\nWARC-Type: ${type}\r\nWARC-Target-URI: ${url}\r\nContent-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body, Buffer.from("\r\n\r\n")]);
}

test("readFile reads the pages of a WARC file, packed record by record", async (t) => {
  const http = (headers: string, body: string | Buffer): Buffer =>
    Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${headers}\r\n\r\n`), Buffer.from(body as string)]);
  const page = (text: string): string => `<html><body><p>${text}</p></body></html>`;
  const records = [
    warcRecord("warcinfo", "", "application/warc-fields", "software: x"),
    warcRecord(
      "response",
      "http://a/",
      "application/http",
      http("Content-Type: text/html", page("first page")),
    ),
    warcRecord("response", "http://img/", "application/http", http("Content-Type: image/png", "no")),
    warcRecord(
      "response",
      "http://b/",
      "application/http",
      http("Content-Type: text/html; charset=iso-8859-1", Buffer.from(page("caf\xe9"), "latin1")),
    ),
    Buffer.from("some broken bytes\n"),
    warcRecord(
      "response",
      "http://c/",
      "application/http",
      http(
        "Content-Type: text/html\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip",
        chunked(gzipSync(page("packed"))),
      ),
    ),
    warcRecord(
      "response",
      "http://d/",
      "application/http",
      Buffer.from("HTTP/1.1 404 Not Found\r\n\r\ngone"),
    ),
  ];
  const folder = makeFolder(t, { "a.warc.gz": Buffer.concat(records.map((record) => gzipSync(record))) });
  const { documents, errors } = await readAll(join(folder, "a.warc.gz"));
  assert.deepEqual(
    documents.map(({ text, url }) => [text, url]),
    [
      ["first page", "http://a/"],
      ["café", "http://b/"],
      ["packed", "http://c/"],
    ],
  );
  assert.match(errors[0]!.message, /18 bytes that are no WARC record/);
});

function chunked(body: Buffer): Buffer {
  const half = body.length >> 1;
  const chunk = (part: Buffer): Buffer =>
    Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]);
  return Buffer.concat([chunk(body.subarray(0, half)), chunk(body.subarray(half)), Buffer.from("0\r\n\r\n")]);
}

test("readFile reads a WARC record that ends early as an error", async (t) => {
  const record = warcRecord("resource", "http://a/", "text/html", "<html><body>text</body></html>");
  const folder = makeFolder(t, { "a.warc": Buffer.concat([record, record.subarray(0, record.length - 20)]) });
  const { documents, errors } = await readAll(join(folder, "a.warc"));
  assert.equal(documents.length, 1);
  assert.match(errors[0]!.message, /ends early: 14 of 30 bytes/);
});

test("readFile reads Parquet as Shards writes it, and names a broken file", async (t) => {
  const folder = makeFolder(t, { "bad.parquet": "PAR1 but nothing else" });
  const shards = new Shards(join(folder, "data"), "parquet", []);
  const written = Array.from({ length: 500 }, (_, index) => ({
    id: `x#${index}`,
    text: `Llama ${index} ünd ไทย ${"wool ".repeat(index % 50)}`,
    source: "x",
    ...(index % 3 === 0 ? { url: `http://x/${index}` } : {}),
    meta: { number: index },
  }));
  for (const document of written) await shards.append(document, document.text.length);
  const info = await shards.finish();
  const { documents, errors } = await readAll(join(folder, "data", info!.file));
  assert.deepEqual(errors, []);
  assert.deepEqual(texts(documents), texts(written));
  assert.equal(documents[3]!.url, "http://x/3");
  assert.equal(documents[1]!.url, undefined);
  assert.equal(documents[7]!.meta["meta"], '{"number":7}');
  assert.match(
    (await readAll(join(folder, "bad.parquet"))).errors[0]!.message,
    /Not a readable Parquet file/,
  );
});

test("listFiles takes folders and patterns, and refuses what matches nothing", (t) => {
  const folder = makeFolder(t, { "a.txt": "", "b/c.txt": "", "b/d.md": "", "b/.hidden": "" });
  const names = (pattern: string): string[] =>
    listFiles(pattern, folder).map((path) => path.slice(folder.length + 1));
  assert.deepEqual(names("b"), ["b/c.txt", "b/d.md"]);
  assert.deepEqual(names("**/*.txt"), ["a.txt", "b/c.txt"]);
  assert.deepEqual(names("b/*.{md,rst}"), ["b/d.md"]);
  assert.throws(() => names("*.html"), /No file matches \*\.html/);
});
