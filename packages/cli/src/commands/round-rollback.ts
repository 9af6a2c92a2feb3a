import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag } from "../flags.ts";
import { openPlace, placeFlags } from "../round/server-or-store.ts";
import { printJson } from "../terminal/print-json.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<model>",
  details: `Serves a model as it was before the adapter that llamero round gave it last: through the one before, or as its file has
it. Requests under way end as they began.`,
  flags: { ...placeFlags, json: jsonFlag },
  examples: [
    "llamero round rollback Llama-3.2-1B",
    "llamero round rollback mine --server http://127.0.0.1:8321",
  ],
  async run([model], values) {
    const place = await openPlace(values);
    try {
      const served = await place.rollback(model!);
      if (values.json) printJson(served);
      else process.stdout.write(`${model} is served through ${served.current?.name ?? "no adapter"}\n`);
    } finally {
      await place.close();
    }
  },
});
