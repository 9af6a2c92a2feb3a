import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag, modelFlags, numberFlag } from "../flags.ts";
import { indexFlags, limitFlag, openFiles, searchFlag } from "../rag/index-flags.ts";
import { embedderFlag, openEmbedder } from "../rag/open-embedder.ts";
import { openReranker, rerankFlag } from "../rag/open-reranker.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { safeForTerminal } from "../terminal/safe-text.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<query...>",
  flags: {
    ...modelFlags,
    ...indexFlags,
    embedder: embedderFlag,
    limit: limitFlag,
    search: searchFlag,
    vectorWeight: numberFlag(
      "--vector-weight <share>",
      "share of meaning in a hybrid search by scores (default: by ranks)",
      null,
      { min: 0, max: 1 },
    ),
    rerank: rerankFlag,
    json: jsonFlag,
  },
  examples: ['llamero rag search --index handbook "how many days of leave"'],
  async run([query], values) {
    const { openIndex } = await import("@llamero/stack/rag");
    await using files = await openFiles(values);
    await using opened = await openEmbedder(values.embedder, values);
    await using reranker = await openReranker(values.rerank, values);
    const { rerank } = reranker;
    const passages = await (await openIndex(files, opened.embedder)).search(query!, {
      limit: values.limit,
      mode: values.search,
      signal: interruptSignal(),
      ...(rerank && { rerank }),
      ...(values.vectorWeight !== null && { vectorWeight: values.vectorWeight }),
    });
    if (values.json) printJson(passages.map(({ sourceText: _, ...passage }) => passage));
    else {
      for (const { source, path, pages, start, end, score, text } of passages) {
        const page = pages === null ? "" : ` page ${pages[0]}`;
        const place = [`${source}${page} [${start}, ${end})`, ...path].join(" > ");
        process.stdout.write(
          `${score.toFixed(3)}  ${safeForTerminal(place)}\n${safeForTerminal(text.trim())}\n\n`,
        );
      }
    }
    return passages.length === 0 ? 1 : 0;
  },
});
