import { readFileSync } from "node:fs";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag, modelFlags, textFlag } from "../flags.ts";
import { ask } from "../rag/ask.ts";
import { indexFlags, limitFlag, openFiles, searchFlag } from "../rag/index-flags.ts";
import { openAnswerer, serverFlags } from "../rag/open-answerer.ts";
import { embedderFlag, openEmbedder } from "../rag/open-embedder.ts";
import { openReranker, rerankFlag } from "../rag/open-reranker.ts";
import { decodeText } from "../terminal/decode-text.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<file>",
  details: `Each line of the file is JSON: {"question", "source", "answer"}. source is the path that should be found, or null where the
right answer is a refusal; answer, if given, must be in the passage. Without --model only the search is measured.`,
  flags: {
    ...modelFlags,
    ...indexFlags,
    model: textFlag("--model <model>", "also measure the answers of this model"),
    embedder: embedderFlag,
    limit: limitFlag,
    search: searchFlag,
    rerank: rerankFlag,
    ...serverFlags,
    json: jsonFlag,
  },
  examples: ["llamero rag eval questions.jsonl --index handbook --limit 5"],
  async run([file], values) {
    const { evaluateIndex, openIndex, parseQuestions } = await import("@llamero/stack/rag");
    const { EvalProgress } = await import("../eval/progress.ts");
    const questions = parseQuestions(decodeText(readFileSync(file!), file!), file!);
    await using files = await openFiles(values);
    const signal = interruptSignal();
    await using opened = await openEmbedder(values.embedder, values);
    const index = await openIndex(files, opened.embedder);
    await using reranker = await openReranker(values.rerank, values);
    const { rerank } = reranker;
    await using model =
      values.model === null && values.server === null ? null : await openAnswerer(values.model, values);
    using progress = new EvalProgress();
    const report = await evaluateIndex(index, questions, {
      limit: values.limit,
      mode: values.search,
      signal,
      ...(rerank && { rerank }),
      onProgress: (numDone) =>
        progress.update({ task: "rag", numDone, numItems: questions.length, numErrors: 0, numResumed: 0 }),
      ...(model !== null && {
        ask: (question, passages) => ask(model, { files, index, signal }, question, passages),
      }),
    });
    const { version, embedder } = index.version;
    if (values.json) printJson({ ...report, version, embedder });
    else {
      const show = (name: string, value: number | null): string =>
        value === null ? "" : `${name}  ${(value * 100).toFixed(1)} %\n`;
      process.stdout.write(
        `${report.numQuestions} questions, version ${version}, ${embedder}\n` +
          show(`recall@${report.k}`, report.recall) +
          (report.mrr === null ? "" : `MRR  ${report.mrr.toFixed(3)}\n`) +
          show("citation precision", report.citationPrecision) +
          show("refusals where there is no answer", report.refusalRate) +
          show("refusals where there is one", report.falseRefusalRate),
      );
    }
    return 0;
  },
});
