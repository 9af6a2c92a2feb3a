import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, modelFlags, textFlag } from "../flags.ts";
import { loadStored } from "../model/open-model.ts";
import { resolveModel } from "../model/resolve-model.ts";
import { defaultModel } from "../model/shipped-model.ts";
import { ask } from "../rag/ask.ts";
import { indexFlags, limitFlag, openFiles } from "../rag/index-flags.ts";
import { embedderFlag, openEmbedder } from "../rag/open-embedder.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { safeForTerminal } from "../terminal/safe-text.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<question...>",
  details: `Finds passages, has a model answer from them, and keeps the sentences whose citations stand word for word in the files as
they are now. With none left the answer is a refusal, and the command ends with 1.`,
  flags: {
    ...modelFlags,
    ...indexFlags,
    model: textFlag("--model <model>", "who answers (default: as llamero chat)"),
    embedder: embedderFlag,
    limit: limitFlag,
    json: jsonFlag,
  },
  examples: ['llamero rag ask --index handbook --model Llama-3.2-1B "How many days of leave are there?"'],
  async run([question], values) {
    const { openIndex } = await import("@llamero/stack/rag");
    const files = await openFiles(values);
    const stored = values.model === null ? await defaultModel() : await resolveModel(values.model);
    if (stored === null) throw new UsageError("No model is named and none is there", "Add --model MODEL");
    const signal = interruptSignal();
    await using opened = await openEmbedder(values.embedder, values);
    const index = openIndex(files, opened.embedder);
    const passages = await index.search(question!, { limit: values.limit, signal });
    await using model = await loadStored(stored, values);
    const answer = await ask(model, { files, index, signal }, question!, passages);
    const cited = answer.citations.filter(({ problem }) => problem === null);
    const sources = cited.map(({ number, span, quote }) => ({
      number,
      source: passages[number - 1]!.source,
      span,
      quote,
    }));
    if (values.json) printJson({ ...answer, version: index.version.version, sources });
    else {
      process.stdout.write(`${safeForTerminal(answer.text)}\n`);
      if (!answer.refused) {
        for (const { number, source, span } of sources)
          process.stdout.write(`[${number}] ${safeForTerminal(source)} [${span![0]}, ${span![1]})\n`);
      }
      if (answer.removed.length > 0)
        process.stderr.write(`Left out, for the sources do not say it: ${answer.removed.length} sentences\n`);
    }
    return answer.refused ? 1 : 0;
  },
});
