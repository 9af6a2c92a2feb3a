import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag } from "../flags.ts";
import { describeRun } from "../runs/describe-run.ts";
import { findRun, folderFlag } from "../runs/find-run.ts";
import { printJson } from "../terminal/print-json.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<name>",
  details: "The name is one of runs ls, its last part, or the path of a run's folder.",
  flags: { folder: folderFlag, json: jsonFlag },
  examples: ["llamero runs show pretrain-tiny", "llamero runs show ./out --json"],
  async run([name], values) {
    const { readRun } = await import("@llamero/stack/runs");
    const { folder, run } = await findRun(name!, values.folder);
    const parts = await readRun(folder, run.name);
    if (values.json) printJson({ ...run, updatedAt: new Date(run.updatedAt).toISOString(), parts });
    else process.stdout.write(describeRun(run, parts));
    return 0;
  },
});
