import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag, modelFlags, textFlag } from "../flags.ts";
import { ask } from "../rag/ask.ts";
import { indexFlags, limitFlag, openFiles } from "../rag/index-flags.ts";
import { openAnswerer, serverFlags } from "../rag/open-answerer.ts";
import { embedderFlag, openEmbedder } from "../rag/open-embedder.ts";
import { openReranker, rerankFlag } from "../rag/open-reranker.ts";
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
    rerank: rerankFlag,
    ...serverFlags,
    json: jsonFlag,
  },
  examples: [
    'llamero rag ask --index handbook --model Llama-3.2-1B "How many days of leave are there?"',
    'llamero rag ask --index handbook --server http://127.0.0.1:8321 "How many days of leave are there?"',
  ],
  async run([question], values) {
    const { openIndex } = await import("@llamero/stack/rag");
    await using files = await openFiles(values);
    const signal = interruptSignal();
    await using opened = await openEmbedder(values.embedder, values);
    const index = await openIndex(files, opened.embedder);
    await using reranker = await openReranker(values.rerank, values);
    const { rerank } = reranker;
    const passages = await index.search(question!, {
      limit: values.limit,
      signal,
      ...(rerank && { rerank }),
    });
    await using model = await openAnswerer(values.model, values);
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
      for (const claim of answer.claims)
        process.stderr.write(`Not quoted from the sources: ${safeForTerminal(claim)}\n`);
      if (answer.removed.length > 0)
        process.stderr.write(`Left out, for the sources do not say it: ${answer.removed.length} sentences\n`);
    }
    return answer.refused ? 1 : 0;
  },
});
