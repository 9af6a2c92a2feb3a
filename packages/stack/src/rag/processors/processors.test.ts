import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync, deflateSync } from "node:zlib";
import { processFile } from "./process-file.ts";
import { type ProcessLimits, UnsupportedFileError } from "./processed.ts";

const utf8 = (text: string): Uint8Array => Buffer.from(text);

/** An archive of deflated files. */
function zip(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const packed = deflateRawSync(Buffer.from(content));
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, Buffer.from(name));
    parts.push(local, Buffer.from(name), packed);
    offset += 30 + Buffer.byteLength(name) + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length / 2, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

/** A PDF whose pages show the given content streams, deflated. */
function pdf(streams: readonly (string | Buffer)[]): Buffer {
  const kids = streams.map((_, at) => `${4 + 2 * at} 0 R`).join(" ");
  const objects: (string | Buffer)[] = [
    "<</Type/Catalog/Pages 2 0 R>>",
    `<</Type/Pages/Kids[${kids}]/Count ${streams.length}>>`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
  ];
  for (const [at, stream] of streams.entries()) {
    const data = deflateSync(Buffer.from(stream));
    objects.push(
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 3 0 R>>>>/Contents ${5 + 2 * at} 0 R>>`,
      Buffer.concat([
        Buffer.from(`<</Length ${data.length}/Filter/FlateDecode>>stream\n`),
        data,
        Buffer.from("\nendstream"),
      ]),
    );
  }
  const body = objects.map((each, at) =>
    Buffer.concat([Buffer.from(`${at + 1} 0 obj\n`), Buffer.from(each), Buffer.from("\nendobj\n")]),
  );
  return Buffer.concat([Buffer.from("%PDF-1.4\n"), ...body, Buffer.from("trailer<</Root 1 0 R>>\n%%EOF")]);
}

const refuses = (
  name: string,
  bytes: Uint8Array,
  pattern: RegExp,
  limits: Partial<ProcessLimits> = {},
): Promise<void> =>
  assert.rejects(
    processFile(bytes, name, limits),
    (error: Error) => error instanceof UnsupportedFileError && pattern.test(error.message),
  );

test("processFile gives Markdown and code as they are, with headings and symbols by span", async () => {
  const text = "# One\n\na\n\n```sh\n# no heading\n```\n\n## Two\n\nb\n\n# Three\n";
  const { sections, text: same, title } = await processFile(utf8(text), "a.md");
  assert.equal(same, text);
  assert.equal(title, "One");
  assert.deepEqual(
    sections.map((each) => [each.title, each.level, text.slice(each.start, each.end).split("\n")[0]]),
    [
      ["One", 1, "# One"],
      ["Two", 2, "## Two"],
      ["Three", 1, "# Three"],
    ],
  );
  assert.equal(sections[0]!.end, text.indexOf("# Three"));
  const code =
    "import x\n\nexport async function graze(): void {}\n\nclass Llama {}\n\ndef spit(a):\n  pass\n";
  const symbols = (await processFile(utf8(code), "a.ts")).sections;
  assert.deepEqual(
    symbols.map(({ title: name }) => name),
    ["graze", "Llama", "spit"],
  );
});

test("processFile reads a docx: paragraphs, headings, tables, signs", async () => {
  const p = (text: string, style = ""): string =>
    `<w:p>${style && `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>`}<w:r><w:t>${text}</w:t></w:r></w:p>`;
  const table = `<w:tbl><w:tr><w:tc>${p("a")}</w:tc><w:tc>${p("b")}</w:tc></w:tr></w:tbl>`;
  const xml = `<w:document><w:body>${p("Care &amp; feed", "Heading1")}${p("Hay &#233;")}${table}</w:body></w:document>`;
  const { text, sections } = await processFile(
    zip({ "../../evil": "x", "word/document.xml": xml }),
    "a.docx",
  );
  assert.equal(text, "Care & feed\n\nHay é\n\na\tb\n\n");
  assert.equal(sections[0]?.title, "Care & feed");
});

test("processFile reads a PDF page by page and refuses what goes beyond a limit", async () => {
  const show = (text: string): string => `BT /F 12 Tf 50 700 Td (${text}) Tj ET`;
  // Not from the pool: memory that could be handed over, but is the caller's.
  const bytes = Buffer.alloc(2 ** 14);
  const numBytes = pdf([show("Hello llama"), show("Second page")]).copy(bytes);
  const { text, sections } = await processFile(bytes.subarray(0, numBytes), "a.pdf");
  assert.equal(bytes.length, 2 ** 14);
  assert.match(text, /Hello llama\n\nSecond page/);
  const second = sections[1]!;
  assert.deepEqual(
    [second.kind, second.title, text.slice(second.start, second.end).trim()],
    ["page", "2", "Second page"],
  );
  await refuses("many.pdf", pdf(["", ""]), /2 pages; the limit is 1/, { maxPages: 1 });
});

test("processFile refuses bombs and damaged, foreign and broken files by name", async () => {
  const small = { maxInflatedBytes: 2 ** 20 };
  await refuses(
    "b.docx",
    zip({ "word/document.xml": Buffer.alloc(2 ** 23, "a") }),
    /inflates to more/,
    small,
  );
  await refuses("x.docx", zip({ other: "a" }), /no Word file/);
  await refuses("x.docx", zip({ "word/document.xml": "<!DOCTYPE a>" }), /document type/);
  await refuses("x.docx", zip({ "word/document.xml": "<a/>" }).subarray(0, 60), /no whole archive/);
  await refuses("a.txt", Buffer.from([0x61, 0xff, 0xfe]), /no text/);
  await refuses("a.rtf", utf8("{\\rtf1 hi}"), /RTF/);
  await refuses("a.txt", utf8("abc"), /3 bytes; the limit is 2/, { maxBytes: 2 });
});

test("processFile survives deeply nested HTML", async () => {
  const depth = 1500;
  const { text } = await processFile(
    utf8(`<html>${"<div>".repeat(depth)}deep${"</div>".repeat(depth)}`),
    "a.html",
  );
  assert.match(text, /deep/);
});
