// Runs the fake task, noting each question asked in a file, and kills itself: what the test of kills starts.
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { taskData } from "../data/task-data.ts";
import { FakeGenerator, lastText } from "../generators/fake-generator.ts";
import { fakeRows, fakeTask } from "./fake-task.ts";
import { runTask } from "./run-task.ts";

const [workFolder, askedPath, count, killAt] = process.argv.slice(2);

/** Outcomes that are on the disk. */
function numSaved(): number {
  const folder = join(workFolder!, "outcomes");
  if (!existsSync(folder)) return 0;
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
  return lines.filter((line) => line.endsWith("}")).length;
}

let numAsked = numSaved();
const generator = new FakeGenerator({
  delayMs: 1,
  concurrency: 4,
  reply: async (request) => {
    appendFileSync(askedPath!, `${lastText(request)}\n`);
    numAsked++;
    // Answers go ahead of the disk by a batch at most, however slow it is.
    while (numAsked - numSaved() > 66) await sleep(5);
    return lastText(request);
  },
});
const { result, samples } = await runTask(fakeTask, taskData(fakeRows(Number(count), 10)), generator, {
  workFolder: workFolder!,
  onProgress: ({ numDone }) => {
    if (numDone === Number(killAt)) process.kill(process.pid, "SIGKILL");
  },
});
process.stdout.write(`result ${JSON.stringify({ result, samples })}\n`);
