import assert from "node:assert/strict";
import { test } from "node:test";
import { EventRenamer, latin1Json, renameModel } from "./rename-model.ts";

test("renameModel replaces the top-level model only", () => {
  const name = latin1Json("p/é");
  const rename = (value: unknown): unknown =>
    JSON.parse(
      Buffer.from(
        renameModel(Buffer.from(JSON.stringify(value)).toString("latin1"), name),
        "latin1",
      ).toString(),
    );
  const cases: [object, object][] = [
    [
      { model: "a", x: "é" },
      { model: "p/é", x: "é" },
    ],
    [
      { c: [{ model: "b" }], model: "a" },
      { c: [{ model: "b" }], model: "p/é" },
    ],
    [
      { t: '"model":"b"', u: "\\", model: "a" },
      { t: '"model":"b"', u: "\\", model: "p/é" },
    ],
    [
      { t: ["model", "b"], model: 'a"\\' },
      { t: ["model", "b"], model: "p/é" },
    ],
    [{ inner: { model: "b" } }, { inner: { model: "b" } }],
    [{ model: null }, { model: null }],
  ];
  for (const [before, after] of cases) assert.deepEqual(rename(before), after);
});

test("EventRenamer takes bytes cut anywhere", () => {
  const events = `: hello\n\nevent: x\ndata: {"a":"é🦙","model":"m"}\r\n\ndata:{"model" : "m"}\n\ndata: [DONE]\n\n`;
  const expected = events.replaceAll('"m"', '"p/é"');
  const bytes = Buffer.from(events);
  for (const size of [1, 2, 5, 1000]) {
    const renamer = new EventRenamer("p/é");
    let text = "";
    for (let at = 0; at < bytes.length; at += size) text += renamer.push(bytes.subarray(at, at + size));
    text += renamer.end();
    assert.equal(Buffer.from(text, "latin1").toString(), expected);
    assert.ok(renamer.isDone);
  }
});

test("EventRenamer renames each of many events at once, however they begin", () => {
  const alike = Array.from({ length: 5 }, (_, i) => ({ id: "a", model: "m", text: `data: {"id":"a",${i}` }));
  const cases: object[][] = [
    alike,
    [...alike, { usage: 1 }],
    [{ first: 1 }, ...alike],
    [...alike, { id: "b", model: "m" }, { id: "b", model: "m", more: 1 }],
    [{ model: "p/é", text: "already" }, { model: "m" }],
  ];
  for (const events of cases) {
    const text = (named: readonly object[]): string =>
      [...named.map((each) => JSON.stringify(each)), "[DONE]"].map((line) => `data: ${line}\n\n`).join("");
    const renamer = new EventRenamer("p/é");
    const renamed = renamer.push(Buffer.from(text(events))) + renamer.end();
    const expected = events.map((each) => ("model" in each ? { ...each, model: "p/é" } : each));
    assert.equal(Buffer.from(renamed, "latin1").toString(), text(expected));
    assert.ok(renamer.isDone);
  }
});
