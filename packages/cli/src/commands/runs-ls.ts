import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag } from "../flags.ts";
import { figure, progress } from "../runs/describe-run.ts";
import { folderFlag, runsFolder } from "../runs/find-run.ts";
import { formatAge, formatDuration } from "../terminal/human.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "",
  flags: { folder: folderFlag, json: jsonFlag },
  examples: ["llamero runs ls", "llamero runs ls --json"],
  async run(_, values) {
    const { listRuns } = await import("@llamero/stack/runs");
    const folder = runsFolder(values.folder);
    const runs = await listRuns(folder);
    if (values.json) {
      printJson(
        runs.map(({ updatedAt, ...run }) => ({ ...run, updatedAt: new Date(updatedAt).toISOString() })),
      );
      return 0;
    }
    if (runs.length === 0) {
      process.stderr.write(`No runs in ${folder} yet\n`);
      return 0;
    }
    const rows = runs.map((run) => [
      run.name,
      run.status,
      progress(run),
      figure(run.loss),
      figure(run.tokensPerSecond),
      formatDuration(run.seconds),
      formatAge(new Date(run.updatedAt)),
    ]);
    const header = ["NAME", "STATUS", "STEP", "LOSS", "TOKENS/S", "TIME", "LAST NEWS"];
    process.stdout.write(formatTable(header, rows, [2, 3, 4, 5]));
    return 0;
  },
});
