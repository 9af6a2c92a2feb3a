// Makes records slowly, noting each question in a file: what the test of kills starts and kills.
import { appendFileSync } from "node:fs";
import { createFakeTeacher, lastText, recipeOf } from "./fake-teacher.ts";
import { synthesize } from "./synthesize.ts";

const [folder, askedPath] = process.argv.slice(2);
const teacher = createFakeTeacher([], { delayMs: 4, concurrency: 4 });
const generate = teacher.generate.bind(teacher);
teacher.generate = async (request) => {
  appendFileSync(askedPath!, `${request.seed} ${lastText(request).length}\n`);
  return await generate(request);
};
const recipe = recipeOf(
  folder!,
  "  - {kind: instructions, count: 150}\n  - {kind: tools, count: 20}",
  "out: made",
);
const { files } = await synthesize(recipe, {
  teacher,
  onProgress: ({ numDone }) => process.stdout.write(`${numDone}\n`),
});
process.stdout.write(`result ${JSON.stringify(files)}\n`);
