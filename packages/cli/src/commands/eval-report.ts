import { writeFileSync } from "node:fs";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { readMeasured } from "../eval/read-measured.ts";
import { numberFlag, textFlag } from "../flags.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<result...>",
  details: "Results are reports of eval run, of one model or of several. The page needs no other file.",
  flags: {
    out: textFlag("--out <file>", "page to write (default: report.html)"),
    items: numberFlag("--items <n>", "items to show of each task, the worst first", 20, {
      min: 0,
      isInteger: true,
    }),
  },
  examples: ["llamero eval report run.json", "llamero eval report small.json large.json --out compare.html"],
  async run(_, values, words) {
    const { reportPage } = await import("@llamero/eval");
    const all = (await Promise.all(words.map((path) => readMeasured(path)))).flat();
    const out = values.out ?? "report.html";
    writeFileSync(out, reportPage(all, { numItems: values.items }));
    process.stdout.write(`${out}\n`);
    return 0;
  },
});
