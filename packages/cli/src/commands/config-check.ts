import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag } from "../flags.ts";
import { loadConfig, orUsageError } from "../serve/load-config.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<file>",
  details:
    "Reads a configuration as llamero serve --config does, with its variables replaced, and prints what it comes to. Secrets are hidden; nothing is requested and no model is loaded.",
  flags: { json: jsonFlag },
  examples: ["llamero config check llamero.yaml"],
  async run([path], values) {
    const config = await loadConfig(path!);
    const { openProviders, showConfig } = await import("@llamero/stack/config");
    const remote = await orUsageError(() => openProviders(config));
    process.stdout.write(showConfig(config, values.json ? "json" : "yaml"));
    const ids = remote.providers.map(({ id }) => id);
    const off = (config.providers ?? []).filter(({ id }) => id === "").length;
    process.stderr.write(
      `${path} is right: ${ids.length === 0 ? "no providers" : `providers ${ids.join(", ")}`}${off === 0 ? "" : `; ${off} switched off`}\n`,
    );
    return 0;
  },
});
