import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMarkdown, parseSpans } from "./markdown.ts";

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

test("parseMarkdown takes long hostile text in good time", () => {
  for (const piece of ["*", "**a", "`", "- ", "#", "\n", "** ", "*a*", "```\n"]) {
    const started = performance.now();
    parseMarkdown(piece.repeat(5000));
    assert.ok(performance.now() - started < 2000, piece);
  }
});
