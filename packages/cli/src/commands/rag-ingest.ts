import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag, modelFlags, numberFlag } from "../flags.ts";
import { indexFlags, openFiles } from "../rag/index-flags.ts";
import { embedderFlag, openEmbedder } from "../rag/open-embedder.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { safeForTerminal } from "../terminal/safe-text.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<folder>",
  details: `Reads text, Markdown, code, HTML, PDF and docx below a folder, cuts them by their structure and embeds the parts. Files that
are as they were keep their vectors, also those of an ingestion that was stopped. Hidden files and links are left out. Ends with 1
when a file could not be read.`,
  flags: {
    ...modelFlags,
    ...indexFlags,
    embedder: embedderFlag,
    maxTokens: numberFlag("--max-tokens <n>", "tokens of a chunk at most", 200, { min: 8, isInteger: true }),
    overlap: numberFlag("--overlap <n>", "tokens that chunks share", 25, { min: 0, isInteger: true }),
    json: jsonFlag,
  },
  examples: ["llamero rag ingest docs --index handbook --embedder models/all-MiniLM-L6-v2"],
  async run([folder], values) {
    const { ingestFolder } = await import("@llamero/stack/rag");
    const { EvalProgress } = await import("../eval/progress.ts");
    await using files = await openFiles(values);
    await using opened = await openEmbedder(values.embedder, values);
    using progress = new EvalProgress();
    const version = await ingestFolder(files, folder!, {
      embedder: opened.embedder,
      maxTokens: values.maxTokens,
      overlapTokens: values.overlap,
      signal: interruptSignal(),
      onProgress: ({ numDone, numFiles, numReused }) =>
        progress.update({
          task: "ingest",
          numDone,
          numItems: numFiles,
          numErrors: 0,
          numResumed: numReused,
        }),
    });
    const { sources, failures } = version;
    const numChunks = sources.reduce((sum, each) => sum + each.numChunks, 0);
    for (const { message } of failures) process.stderr.write(`${safeForTerminal(message)}\n`);
    if (values.json) {
      printJson({ version: version.version, numSources: sources.length, numChunks, failures });
    } else {
      process.stdout.write(
        `Version ${version.version}: ${sources.length} files, ${numChunks} chunks, embedded by ${version.embedder}\n`,
      );
    }
    return failures.length > 0 ? 1 : 0;
  },
});
