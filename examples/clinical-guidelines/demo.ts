import type { Message } from "@llamero/core";
import type { Embedder } from "@llamero/stack/rag";
import { ScriptedModel } from "../scripted-model.ts";

/** A question, the start of the sentence that answers it, and the words before the quote. */
export const demoScript: readonly { question: string; starts: string; says: string }[] = [
  {
    question: "How much tarvin does an adult with marsh fever take?",
    starts: "Adults take 200 mg",
    says: "The dose for adults is stated:",
  },
  {
    question: "When does a patient with marsh fever go to hospital?",
    starts: "Send patients to hospital",
    says: "The guideline says:",
  },
  {
    question: "May olmesol be used in pregnancy?",
    starts: "Olmesol may be used",
    says: "It depends on the month:",
  },
];

/** Plays a model that quotes well, and that makes up a sentence of its own behind. */
export function demoModel(): ScriptedModel {
  return new ScriptedModel((messages) => {
    const prompt = messages.at(-1)?.content ?? "";
    const asked = demoScript.find(({ question }) => prompt.endsWith(question));
    if (asked === undefined) return "I cannot answer from the sources.";
    const quote = sentenceOf(messages, asked.starts);
    if (quote === null) return "I cannot answer from the sources.";
    return `${asked.says} "${quote.sentence}" [${quote.number}]. In severe cases, twice as much is usual.`;
  });
}

/** A sentence of the sources in a prompt, with the number of its source. */
export function sentenceOf(
  messages: readonly Message[],
  starts: string,
): { sentence: string; number: number } | null {
  const prompt = messages.at(-1)?.content ?? "";
  const at = prompt.indexOf(starts);
  if (at < 0) return null;
  const sentence = /^[^\n]*?(?=[.;]\s)/.exec(prompt.slice(at))?.[0] ?? starts;
  const markers = [...prompt.slice(0, at).matchAll(/^\[(\d+)\]/gm)];
  return { sentence, number: Number(markers.at(-1)?.[1] ?? 1) };
}

/** Vectors of words without a model: texts that share words are near one another. */
export const demoEmbedder: Embedder = {
  id: "words",
  maxTokens: 1000,
  countTokens: (text) => text.split(/\s+/).length,
  embed: async (texts) =>
    texts.map((text) => {
      const vector = new Float32Array(128).fill(0.01);
      for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? [])
        vector[[...word].reduce((hash, sign) => (hash * 31 + sign.charCodeAt(0)) % 128, 7)]! += 1;
      const length = Math.hypot(...vector);
      return vector.map((value) => value / length);
    }),
};
