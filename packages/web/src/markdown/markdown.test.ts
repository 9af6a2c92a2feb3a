import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMarkdown } from "./markdown.ts";
import { parseSpans, safeHref } from "./spans.ts";

test("parseMarkdown splits paragraphs, headings, lists and code", () => {
  const blocks = parseMarkdown(
    "# Title\nHello\nthere\n\n- one\n  - two\n- three\n  more\n\n3. three\n4. four\n\n```ts\nconst a = `b`;\n\n- no list\n```\nend",
  );
  assert.deepEqual(
    blocks.map((block) => block.type),
    ["heading", "paragraph", "list", "list", "code", "paragraph"],
  );
  const [, , bullets, numbers, code] = blocks;
  assert.ok(bullets?.type === "list" && numbers?.type === "list" && code?.type === "code");
  assert.deepEqual(
    bullets.items.map(({ depth }) => depth),
    [0, 1, 0],
  );
  assert.equal(bullets.items[2]!.spans.map(({ text }) => text).join(""), "three more");
  assert.equal(numbers.start, 3);
  assert.deepEqual(code, { type: "code", language: "ts", text: "const a = `b`;\n\n- no list" });
});

test("parseMarkdown shows a fence that is still open as code", () => {
  assert.deepEqual(parseMarkdown("```\nlet x"), [{ type: "code", language: "", text: "let x" }]);
});

test("parseSpans finds bold, italic and code, and leaves the rest as it is", () => {
  assert.deepEqual(parseSpans("a **b** *c* `**d**` 2 * 3 * 4 <b>"), [
    { style: "plain", text: "a " },
    { style: "bold", text: "b" },
    { style: "plain", text: " " },
    { style: "italic", text: "c" },
    { style: "plain", text: " " },
    { style: "code", text: "**d**" },
    { style: "plain", text: " 2 * 3 * 4 <b>" },
  ]);
});

test("parseSpans finds links, and leads nowhere but to the web and to mail", () => {
  assert.deepEqual(
    parseSpans('See [the page](https://a.org/x "T") or https://b.org/y. ![cat](https://c.org/z)'),
    [
      { style: "plain", text: "See " },
      { style: "link", text: "the page", href: "https://a.org/x" },
      { style: "plain", text: " or " },
      { style: "link", text: "https://b.org/y", href: "https://b.org/y" },
      { style: "plain", text: ". " },
      { style: "link", text: "cat", href: "https://c.org/z" },
    ],
  );
  for (const address of [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://a.org/1",
    "/v1alpha/keys",
    "//evil.org",
    "https://good.org@evil.org/",
    "https://",
  ]) {
    assert.equal(safeHref(address), null, address);
    assert.ok(
      parseSpans(`[a](${address})`).every(({ style }) => style === "plain"),
      address,
    );
  }
  assert.equal(safeHref("mailto:a@b.org"), "mailto:a@b.org");
});

test("parseMarkdown finds tables with their alignment, and quotes in quotes", () => {
  const [table, quote] = parseMarkdown(
    "| a | b |\n|:--|--:|\n| 1 | x \\| y |\n| only |\n\n> hi\n> > deep\n> - one",
  );
  assert.ok(table?.type === "table" && quote?.type === "quote");
  assert.deepEqual(table.align, ["left", "right"]);
  const texts = table.rows.map((row) => row.map((cell) => cell.map(({ text }) => text).join("")));
  assert.deepEqual(texts, [
    ["1", "x | y"],
    ["only", ""],
  ]);
  assert.deepEqual(
    quote.blocks.map(({ type }) => type),
    ["paragraph", "quote", "list"],
  );
  assert.equal(parseMarkdown("a | b\nno delimiter")[0]?.type, "paragraph");
});

test("parseMarkdown takes long hostile text in good time", () => {
  for (const piece of [
    "*",
    "**a",
    "`",
    "- ",
    "#",
    "\n",
    "** ",
    "*a*",
    "```\n",
    "> ",
    ">\n",
    "[a](",
    "[",
    "|",
    "|-|\n",
    "| - ",
    "-|",
    "http://a",
    "<https://",
    "![a](b",
  ]) {
    const before = process.cpuUsage();
    parseMarkdown(piece.repeat(5000));
    // Time of the processor: what else the machine does takes none of it.
    assert.ok(process.cpuUsage(before).user < 2e6, piece);
  }
});
