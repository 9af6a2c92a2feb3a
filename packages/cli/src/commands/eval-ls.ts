import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, textFlag } from "../flags.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "",
  flags: {
    category: textFlag("--category <name>", "only tasks of this field, such as math"),
    data: textFlag("--data <folder>", "where data sets are (default: eval in LLAMERO_HOME)"),
    json: jsonFlag,
  },
  examples: ["llamero eval ls --category math", "llamero eval ls --json"],
  async run(_, values) {
    const { dataFolder, hasData, tasks } = await import("@llamero/eval");
    const folder = values.data ?? dataFolder();
    const all = [...tasks.values()];
    const categories = [...new Set(all.map(({ category }) => category))].sort();
    if (values.category !== null && !categories.includes(values.category)) {
      throw new UsageError(
        `No task is of the category ${values.category}`,
        `There are: ${categories.join(", ")}`,
      );
    }
    const rows = all
      .filter(({ category }) => values.category === null || category === values.category)
      .map((task) => {
        const { name, title, kind, category, languages, numShots, mainMetric, version, source } = task;
        const { origin, license } = source;
        const isGenerated = source.generate !== undefined;
        const isHere = isGenerated || hasData(task, folder);
        return {
          name,
          title,
          kind,
          category,
          languages,
          numShots,
          mainMetric,
          version,
          isHere,
          isGenerated,
          origin,
          license,
        };
      });
    if (values.json) {
      printJson(rows);
      return;
    }
    const lines = rows.map(
      ({ name, kind, category, languages, numShots, mainMetric, isHere, isGenerated, origin }) => [
        name,
        kind,
        category,
        languages.length > 3 ? `${languages.length} languages` : languages.join(" "),
        String(numShots),
        mainMetric,
        isGenerated ? "generated" : isHere ? "here" : origin,
      ],
    );
    const header = ["NAME", "KIND", "CATEGORY", "LANGUAGES", "SHOTS", "METRIC", "DATA"];
    process.stdout.write(formatTable(header, lines, [4]));
    const numMade = rows.filter(({ isGenerated }) => isGenerated).length;
    const numHere = rows.filter(({ isHere }) => isHere).length - numMade;
    process.stderr.write(
      `${rows.length} tasks, the data of ${numHere} is in ${folder}, ${numMade} make theirs\n`,
    );
  },
});
