import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { createRandom } from "../tokenizer/fake-vocabulary.ts";
import { randomSchema } from "./fake-schema.ts";
import { createFakeTokens, fakeStop } from "./fake-tokens.ts";
import { Grammar, type GrammarMatcher } from "./grammar.ts";
import { GrammarVocabulary } from "./grammar-vocabulary.ts";
import { compileSchema } from "./json-schema/schema-compiler.ts";
import { SchemaError } from "./json-schema/schema-error.ts";

const vocabulary = GrammarVocabulary.of(createFakeTokens());
const ajv = new Ajv2020({ strict: false, multipleOfPrecision: 6 });
(addFormats as unknown as (target: Ajv2020) => void)(ajv);

function allowedIds(mask: Uint32Array): number[] {
  return Array.from({ length: fakeStop + 1 }, (_, id) => id).filter(
    (id) => ((mask[id >>> 5]! >>> (id & 31)) & 1) === 1,
  );
}

/** What the mask says is what the automaton does, token by token. */
function assertExact(matcher: GrammarMatcher, allowed: readonly number[]): void {
  const expected = Array.from({ length: fakeStop }, (_, id) => id).filter((id) => matcher.fork().accept(id));
  if (matcher.isComplete) expected.push(fakeStop);
  assert.deepEqual(allowed, expected);
}

/** A model of random weights: every allowed token is as likely; after a while whatever closes is. Null: not ended. */
function walk(grammar: Grammar, random: (limit: number) => number, isExact: boolean): string | null {
  const matcher = grammar.match();
  const bytes: number[] = [];
  const closers = [...'"}],:'].map((each) => each.charCodeAt(0));
  for (let step = 0; step < 500; step++) {
    const allowed = allowedIds(matcher.mask());
    assert.ok(allowed.length > 0, "the grammar is stuck");
    if (isExact && step % 5 === 0) assertExact(matcher, allowed);
    const isOver = matcher.isComplete && (step > 40 || random(6) === 0);
    if (isOver || matcher.isFinished)
      return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes));
    const closing = step > 40 ? allowed.filter((id) => closers.includes(id)) : [];
    const from = (closing.length > 0 ? closing : allowed).filter((id) => id !== fakeStop);
    const token = from[random(from.length)]!;
    assert.ok(matcher.accept(token));
    bytes.push(...vocabulary.bytesOf(token)!);
  }
  return null;
}

test("Grammar masks are exact, and whatever a random walk writes is valid by ajv", () => {
  const random = createRandom(5);
  let numRefused = 0;
  let numEnded = 0;
  for (let round = 0; round < 120; round++) {
    const schema = randomSchema(random, 3);
    let grammar: Grammar;
    try {
      grammar = new Grammar(compileSchema(schema), vocabulary, [fakeStop]);
    } catch (error) {
      assert.ok(error instanceof SchemaError, `${JSON.stringify(schema)}: ${error}`);
      numRefused++;
      continue;
    }
    const isValid = ajv.compile(schema as object);
    for (let i = 0; i < 4; i++) {
      const text = walk(grammar, random, i === 0);
      if (text === null) continue;
      numEnded++;
      assert.ok(isValid(JSON.parse(text)), `${text} is not valid for ${JSON.stringify(schema)}`);
    }
  }
  assert.ok(numRefused < 25, `${numRefused} of 120 schemas are refused`);
  assert.ok(numEnded > 280, `${numEnded} walks ended`);
});
