import { chooseTrainBackend } from "../session/choose-backend.ts";
import { fakeRounds } from "./fake-rounds.ts";
import { runRounds } from "./run-rounds.ts";

// Run by rounds.slow.test.ts: FOLDER NAME. Says what happens on standard output.
const [folder, out] = process.argv.slice(2) as [string, string];
const { backend } = chooseTrainBackend({ threads: 1 });
const { lineage } = await runRounds(fakeRounds(folder, { out, name: "x" }), {
  backend,
  choice: { threads: 1 },
  resume: true,
  listener: (event) =>
    process.stdout.write(
      `${event.event} ${event.round} ${"stage" in event ? event.stage : event.verdict}${event.event === "train" ? ` ${event.run.event}` : ""}\n`,
    ),
});
await backend[Symbol.asyncDispose]();
process.stdout.write(`finished ${lineage.rounds.map(({ verdict }) => verdict).join()}\n`);
