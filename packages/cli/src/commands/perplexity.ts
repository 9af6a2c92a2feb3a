import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, modeFlag, modelFlags, numberFlag } from "../flags.ts";
import { openModel } from "../model/open-model.ts";
import { readTextFile } from "../model/read-text-file.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import { readStdin } from "../terminal/stdin.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<model>",
  details: `The text is cut into windows without overlap; the first token of each window is not scored, and no token is added.
Perplexity is exp of the mean negative log-probability of the scored tokens.`,
  flags: {
    ...modelFlags,
    mode: modeFlag("exact"),
    file: {
      flags: "-f, --file <text>",
      description: "text file (- for standard input)",
      env: null,
      parse: (text: string) => text,
      fallback: null as string | null,
    },
    window: numberFlag("--window <tokens>", "tokens per window", 512, { min: 2, isInteger: true }),
    json: jsonFlag,
  },
  examples: ["llamero perplexity model.gguf --file text.txt --window 512 --json"],
  async run([name], values) {
    if (values.file === null) throw new UsageError("perplexity needs --file TEXT");
    const text = values.file === "-" ? await readStdin() : readTextFile(values.file);
    const context = values.context ?? values.window;
    const { model } = await openModel(name!, { ...values, context });
    await using _ = model;
    const ids = model.tokenizer.encode(text);
    if (ids.length < 2) throw new UsageError(`The text has ${ids.length} tokens; at least 2 are needed`);
    let sum = 0;
    let tokens = 0;
    const bar = new ProgressBar("Scoring");
    for (let from = 0; from + 1 < ids.length; from += values.window) {
      const window = ids.slice(from, from + values.window);
      for (const { logprob } of await model.score(window, { signal: interruptSignal() })) {
        sum -= logprob;
        tokens++;
      }
      if (process.stderr.isTTY) bar.update(Math.min(ids.length, from + values.window), ids.length);
    }
    bar.clear();
    const ppl = Math.exp(sum / tokens);
    if (values.json) printJson({ ppl, tokens });
    else process.stdout.write(`perplexity ${ppl.toFixed(4)} over ${tokens.toLocaleString("en-US")} tokens\n`);
  },
});
