import { sampleRow } from "@llamero/kernels";
import { Engine } from "../engine/engine.ts";
import { FakeBackend, fakeEngineOptions } from "../engine/fake-backend.ts";
import { createFakeTokens, fakeStop } from "./fake-tokens.ts";
import { Grammars } from "./grammars.ts";

/** Tokens of the fake model; the last one ends a text. */
export const fakeGrammarVocab: number = fakeStop + 1;

/**
 * An engine whose logits are noise over the fake tokens, with grammars. By its clock each step takes as long however
 * many rows it has, so that guesses are worth while. Tests only.
 */
export function fakeGrammarEngine(): Engine {
  const backend = new FakeBackend({ vocabSize: fakeGrammarVocab, sample: sampleRow });
  let readings = 0;
  return new Engine({
    ...fakeEngineOptions(backend, { contextLimit: 256 }),
    vocabSize: fakeGrammarVocab,
    grammars: new Grammars(createFakeTokens, fakeGrammarVocab),
    now: () => readings++,
  });
}
