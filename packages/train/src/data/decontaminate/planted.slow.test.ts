import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { normalWords, readTaskData, tasks } from "@llamero/eval";
import { sharedPath } from "../../../../core/src/testdata.ts";
import { readRows } from "../../../tools/corpus.ts";
import type { MapStage } from "../stage.ts";
import { createDecontaminate } from "./stage.ts";

const isDropped = (stage: MapStage, text: string): boolean =>
  !stage.apply({ id: "", text, source: "", meta: {} }).keep;

test("decontaminate finds every planted item of the sets given and leaves other text", async (t) => {
  const folder = sharedPath("data");
  if (folder === null) return t.skip("needs ../shared: data/eval");
  const stage = await createDecontaminate({ tasks: "all", data: join(folder, "eval") }, { folder });
  t.diagnostic(`sets: ${(stage.options["tasks"] as string[]).join(", ")}`);
  const pages: string[] = [];
  for await (const { text } of readRows(folder, "eltec_eng")) {
    for (let start = 0; start + 4000 < text.length && pages.length < 300; start += 4000)
      pages.push(text.slice(start, start + 4000));
    if (pages.length >= 300) break;
  }
  for await (const { text } of readRows(folder, "libreoffice_help_hi")) {
    if (pages.length >= 500) break;
    pages.push(text);
  }
  let planted = 0;
  const missed: string[] = [];
  for (const name of stage.options["tasks"] as string[]) {
    const { test: rows } = await readTaskData(tasks.get(name)!, join(folder, "eval"), { needsShots: false });
    for (const { _file: _, ...row } of rows) {
      const texts = Object.values(row).filter((value) => typeof value === "string");
      const longest = texts.reduce((best, text) => (text.length > best.length ? text : best), "");
      const words = normalWords(longest);
      if (words.length < (/\p{Script=Thai}/u.test(longest) ? 32 : 8)) continue;
      const page = pages[planted % pages.length]!;
      const half = page.indexOf(" ", 1500);
      planted++;
      if (!isDropped(stage, `${page.slice(0, half)}\n${longest.toUpperCase()}\n${page.slice(half)}`))
        missed.push(longest);
    }
  }
  t.diagnostic(`${planted - missed.length} of ${planted} planted items found`);
  assert.deepEqual(missed.slice(0, 3), []);
  const wrong = pages.filter((page) => isDropped(stage, page));
  assert.ok(wrong.length <= 2, `${wrong.length} of ${pages.length} clean texts dropped`);
  t.diagnostic(`${wrong.length} of ${pages.length} clean texts dropped`);
});
