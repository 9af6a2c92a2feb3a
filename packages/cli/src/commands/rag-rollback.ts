import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { indexFlags, openFiles } from "../rag/index-flags.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<version>",
  flags: indexFlags,
  examples: ["llamero rag rollback 3 --index handbook"],
  async run([text], values) {
    const version = Number(text);
    if (!Number.isSafeInteger(version) || version < 1)
      throw new UsageError(`A version is a whole number of at least 1, not ${text}`);
    await using files = await openFiles(values);
    await files.setCurrent(version);
    process.stdout.write(`Version ${version} is searched from now on\n`);
    return 0;
  },
});
