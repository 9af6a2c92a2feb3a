import assert from "node:assert/strict";
import { test } from "node:test";
import { StopStrings } from "./stop-strings.ts";

function run(stops: readonly string[], pieces: readonly string[]): { text: string; isStopped: boolean } {
  const matcher = new StopStrings(stops);
  const text = pieces.map((piece) => matcher.push(piece)).join("") + matcher.end();
  return { text, isStopped: matcher.isStopped };
}

test("StopStrings cuts before a stop string that spans pieces", () => {
  assert.deepEqual(run(["\nUser:"], ["Hi", "\nUs", "er", ": more"]), { text: "Hi", isStopped: true });
  assert.deepEqual(run(["\nUser:"], ["Hi", "\nUs", "ual"]), { text: "Hi\nUsual", isStopped: false });
});

test("StopStrings holds back only a possible beginning", () => {
  const matcher = new StopStrings(["END"]);
  assert.equal(matcher.push("the E"), "the ");
  assert.equal(matcher.push("agle EN"), "Eagle ");
  assert.equal(matcher.push("ENx"), "ENENx");
  assert.equal(matcher.end(), "");
});

test("StopStrings gives the same result however the text is cut", () => {
  const stops = ["abab", "ba!", "b", "cac"];
  let state = 1;
  const random = (below: number): number => {
    state = Math.imul(state, 48271) % 2147483647;
    return Math.abs(state) % below;
  };
  for (let round = 0; round < 500; round++) {
    const text = Array.from({ length: random(14) }, () => "abc!"[random(4)]).join("");
    const chosen = stops.slice(random(4));
    const pieces: string[] = [];
    for (let at = 0; at < text.length; ) {
      const length = 1 + random(5);
      pieces.push(text.slice(at, at + length));
      at += length;
    }
    assert.deepEqual(run(chosen, pieces), run(chosen, [...text]), `${text} ${chosen}`);
    assert.deepEqual(run(chosen, [text]), run(chosen, [...text]), `${text} ${chosen}`);
  }
});

test("StopStrings refuses an empty stop string", () => {
  assert.throws(() => new StopStrings([""]), RangeError);
});
