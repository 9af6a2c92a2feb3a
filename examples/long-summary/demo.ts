import { ScriptedModel } from "../scripted-model.ts";

/** Plays a model: of a section it gives the first sentence, of notes those of every second one. */
export function demoModel(): ScriptedModel {
  return new ScriptedModel((messages) => {
    const [head = "", ...paragraphs] = (messages.at(-1)?.content ?? "").split("\n\n");
    const body = paragraphs.filter((paragraph) => !paragraph.startsWith("#")).join("\n\n") || head;
    const notes = [...body.matchAll(/^(\[\d+\]) [^:\n]*: ([^\n]*?)\.?$/gm)];
    if (notes.length === 0) return /^[\s\S]*?[.!?](?=\s|$)/.exec(body)?.[0] ?? body;
    return notes
      .filter((_, at) => at % 2 === 1)
      .map(([, number, text]) => `${text} ${number}.`)
      .join(" ");
  });
}
