import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sharedPath } from "../../../../core/src/testdata.ts";
import { decodeText } from "../readers/decode-text.ts";
import { extractHtml } from "./extract-html.ts";

test("extractHtml finds text in real pages and throws on none", (t) => {
  const archive = sharedPath("data/messy/messy_html_sample.tar.zst");
  if (archive === null) return t.skip("needs ../shared: data/messy/messy_html_sample.tar.zst");
  const folder = mkdtempSync(join(tmpdir(), "llamero-pages-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync("tar", ["--zstd", "-xf", archive, "-C", folder]);
  const pages = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const lengths = pages.map(
    ({ parentPath, name }) => extractHtml(decodeText(readFileSync(join(parentPath, name))).text).text.length,
  );
  assert.equal(lengths.filter((length) => length > 100).length >= pages.length * 0.95, true);
});
