import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { choiceFlag, modelFlags, switchFlag } from "../flags.ts";
import { adapterFlag, chosenAdapter } from "../model/adapters.ts";
import { loadStored, reportDegradations } from "../model/open-model.ts";
import { resolveModel } from "../model/resolve-model.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { readStdin } from "../terminal/stdin.ts";

/** Lines embedded between two lines of output. */
const batch = 16;

const poolings = ["mean", "last"] as const;

export const command: CommandDefinition = defineCommand({
  arguments: "<model>",
  details: `Reads texts from standard input, one a line, and prints one line of JSON for each: {"index", "tokens", "embedding"}.
Empty lines are refused, so that line n of the output belongs to line n of the input.`,
  flags: {
    ...modelFlags,
    lora: adapterFlag,
    pooling: choiceFlag("--pooling <how>", "how the tokens become one vector", poolings, "mean"),
    normalize: { ...switchFlag("--no-normalize", "do not scale vectors to length 1"), fallback: true },
  },
  examples: ["llamero embed Llama-3.2-1B < texts.txt > vectors.jsonl"],
  async run([name], values) {
    const text = await readStdin();
    const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
    const empty = lines.indexOf("");
    if (empty >= 0) throw new UsageError(`Line ${empty + 1} is empty; each line is a text to embed`);
    const options = { pooling: values.pooling, normalize: values.normalize, ...chosenAdapter(values) };
    const stored = await resolveModel(name!);
    const { isEncoderFolder } = await import("@llamero/core");
    if (isEncoderFolder(stored.path)) {
      await (await import("../model/embed-with-encoder.ts")).embedWithEncoder(stored.path, lines, values);
      return;
    }
    await using model = await loadStored(stored, values, batch);
    const signal = interruptSignal();
    for (let from = 0; from < lines.length; from += batch) {
      const part = lines.slice(from, from + batch);
      const embedded = await Promise.all(part.map((line) => model.embed(line, { ...options, signal })));
      const output = embedded.map(({ vectors, numTokens }, i) =>
        JSON.stringify({ index: from + i, tokens: numTokens, embedding: [...vectors[0]!] }),
      );
      process.stdout.write(`${output.join("\n")}\n`);
    }
    reportDegradations(model.engine.info().degraded);
  },
});
