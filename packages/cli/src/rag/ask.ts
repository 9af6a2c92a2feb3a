import type { TextModel } from "@llamero/core";
import type { CitedAnswer, IndexStorage, OpenIndex, Passage } from "@llamero/stack/rag";

/** Asks a model for an answer that the files as they are now support. */
export async function ask(
  model: Pick<TextModel, "chat">,
  { files, index, signal }: { files: IndexStorage; index: OpenIndex; signal: AbortSignal },
  question: string,
  passages: readonly Passage[],
): Promise<CitedAnswer> {
  const { answerWithCitations, currentText } = await import("@llamero/stack/rag");
  return await answerWithCitations({
    model,
    question,
    passages,
    currentText: (path) => currentText(files, index.version, path),
    generate: { signal, maxTokens: 400, sampling: { temperature: 0 } },
  });
}
