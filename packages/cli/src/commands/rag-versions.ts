import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag } from "../flags.ts";
import { indexFlags, openFiles } from "../rag/index-flags.ts";
import { printJson } from "../terminal/print-json.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "",
  flags: { ...indexFlags, json: jsonFlag },
  examples: ["llamero rag versions --index handbook"],
  async run(_, values) {
    await using files = await openFiles(values);
    const current = await files.current();
    const stored = await Promise.all((await files.versions()).map((number) => files.readVersion(number)));
    const versions = stored.map(({ version, createdAt, embedder, sources, failures }) => {
      const isCurrent = version === current;
      return {
        version,
        isCurrent,
        createdAt,
        embedder,
        numSources: sources.length,
        numFailures: failures.length,
      };
    });
    if (values.json) printJson(versions);
    else {
      for (const { version, isCurrent, createdAt, embedder, numSources } of versions)
        process.stdout.write(
          `${isCurrent ? "*" : " "} ${version}  ${createdAt}  ${numSources} files  ${embedder}\n`,
        );
    }
    return 0;
  },
});
