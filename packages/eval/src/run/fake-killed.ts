// Runs the fake task slowly, noting each question asked in a file: what the test of kills starts and kills.
import { appendFileSync } from "node:fs";
import { taskData } from "../data/task-data.ts";
import { FakeGenerator, lastText } from "../generators/fake-generator.ts";
import { fakeRows, fakeTask } from "./fake-task.ts";
import { runTask } from "./run-task.ts";

const [workFolder, askedPath, count] = process.argv.slice(2);
const generator = new FakeGenerator({
  delayMs: 5,
  concurrency: 4,
  reply: (request) => {
    appendFileSync(askedPath!, `${lastText(request)}\n`);
    return lastText(request);
  },
});
const { result, samples } = await runTask(fakeTask, taskData(fakeRows(Number(count), 10)), generator, {
  workFolder: workFolder!,
  onProgress: ({ numDone }) => process.stdout.write(`${numDone}\n`),
});
process.stdout.write(`result ${JSON.stringify({ result, samples })}\n`);
