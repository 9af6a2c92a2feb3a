import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { printJson } from "../terminal/print-json.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "",
  details: `Prints the OpenAPI 3.1 document of the server's interface, made of the schemas that check its requests and answers. A
running server has it at /openapi.json.`,
  flags: {},
  examples: ["llamero openapi > openapi.json"],
  async run() {
    const { describeApi } = await import("@llamero/stack");
    printJson(describeApi());
    return 0;
  },
});
