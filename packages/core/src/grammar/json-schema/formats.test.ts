import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import type { Dfa } from "../regular.ts";
import { formatDfa, formatNames } from "./formats.ts";

const ajv = new Ajv({ logger: false, strict: false });
(addFormats as unknown as (target: unknown) => void)(ajv);

let seed = 7;
function random(limit: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}

/** A text that an automaton accepts; null when it does not end soon. */
function draw({ edges, accepting }: Dfa): string | null {
  const length = 1 + random(40);
  let text = "";
  for (let state = 0, steps = 0; steps < 300; steps++) {
    if (accepting[state] && (steps >= length || edges[state]!.length === 0)) return text;
    const { lo, hi, to } = edges[state]![random(edges[state]!.length)]!;
    text += String.fromCodePoint(lo + random(hi - lo + 1));
    state = to;
  }
  return null;
}

for (const format of formatNames) {
  test(`formatDfa takes no ${format} that ajv refuses`, () => {
    const isValid = ajv.compile({ type: "string", format });
    const dfa = formatDfa(format)!;
    let numDrawn = 0;
    for (let i = 0; i < 400; i++) {
      const text = draw(dfa);
      if (text === null) continue;
      numDrawn++;
      assert.ok(isValid(text), JSON.stringify(text));
    }
    assert.ok(numDrawn > 50, `${numDrawn} drawn`);
  });
}
