import { sampleRow } from "@llamero/kernels";
import { Engine } from "../engine/engine.ts";
import { FakeBackend, fakeEngineOptions } from "../engine/fake-backend.ts";
import { createFakeTokens, fakeStop } from "./fake-tokens.ts";
import { Grammars } from "./grammars.ts";

/** Tokens of the fake model; the last one ends a text. */
export const fakeGrammarVocab: number = fakeStop + 1;

/** An engine whose logits are noise over the fake tokens, with grammars. `stepMs` makes guesses worth while. Tests only. */
export function fakeGrammarEngine(stepMs: number = 0): Engine {
  const backend = new FakeBackend({ vocabSize: fakeGrammarVocab, sample: sampleRow });
  backend.onRun = () => {
    const end = performance.now() + stepMs;
    while (performance.now() < end);
  };
  return new Engine({
    ...fakeEngineOptions(backend, { contextLimit: 256 }),
    vocabSize: fakeGrammarVocab,
    grammars: new Grammars(createFakeTokens, fakeGrammarVocab),
  });
}
