import { ScriptedModel } from "../scripted-model.ts";

const answers: readonly (readonly [RegExp, string])[] = [
  [
    /leaves.*green|green/i,
    "Chlorophyll in the chloroplasts takes in red and blue light for photosynthesis. Green light is of little use to it and comes back to your eyes, so leaves look green.",
  ],
  [
    /autumn|yellow/i,
    "In autumn a tree takes its chlorophyll apart and stores what it is made of. The yellow carotenoids were there all summer; now you can see them.",
  ],
];

/** Two answers of a script, to see the app without a model that can explain. */
export function demoModel(): ScriptedModel {
  return new ScriptedModel((messages) => {
    const question = messages.at(-1)?.content ?? "";
    const found = answers.find(([pattern]) => pattern.test(question));
    return (
      found?.[1] ?? 'This is the demo: it knows why leaves are green, and autumn. Write "quiz" to be asked.'
    );
  });
}
