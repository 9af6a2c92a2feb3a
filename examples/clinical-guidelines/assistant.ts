import type { TextModel } from "@llamero/core";
import {
  answerWithCitations,
  currentText,
  type Embedder,
  IndexFiles,
  type IndexVersion,
  ingestFolder,
  type OpenIndex,
  openIndex,
  verifyCitations,
} from "@llamero/stack/rag";
import { openShields } from "@llamero/stack/shields";

/** Sentences of guidelines as they are now, or a refusal. */
export interface GuidelineAnswer {
  /** No word of it is the model's. */
  text: string;
  refused: boolean;
  /** Where the sentences are: `text.slice(start, end)` of the guideline. */
  citations: readonly { number: number; source: string; start: number; end: number }[];
  /** What the model said without a citation that holds. */
  removed: readonly string[];
  /** The guidelines that are cited, or that were searched, as they are now. */
  sources: readonly { name: string; text: string }[];
  /** Guidelines that were kept from the model, with the reason. */
  setAside: readonly { name: string; reason: string }[];
}

export interface AssistantOptions {
  model: Pick<TextModel, "chat" | "complete">;
  embedder: Embedder;
  /** Where the guidelines are. */
  folder: string;
  /** Where the index is kept, so that only new and changed files are read next time. */
  indexFolder: string;
}

const refusal = "The guidelines do not answer this. Ask a colleague who can.";

/** Answers from guidelines with verified citations, and refuses otherwise. */
export class GuidelineAssistant {
  readonly version: IndexVersion;
  readonly #model: Pick<TextModel, "chat" | "complete">;
  readonly #files: IndexFiles;
  readonly #index: OpenIndex;
  // A text that gives orders is one that somebody has tampered with.
  readonly #shields = openShields(
    {
      policy: {
        borders: { retrieved_text: [{ shields: ["hidden-text", "injection"], on_hit: "refuse" }] },
      },
    },
    { findModel: () => this.#model },
  );

  private constructor(model: Pick<TextModel, "chat" | "complete">, files: IndexFiles, index: OpenIndex) {
    this.#model = model;
    this.#files = files;
    this.#index = index;
    this.version = index.version;
  }

  /** Reads the folder into the index and opens it. */
  static async open({ model, embedder, folder, indexFolder }: AssistantOptions): Promise<GuidelineAssistant> {
    const files = new IndexFiles(indexFolder, "guidelines");
    await ingestFolder(files, folder, { embedder, maxTokens: 160, overlapTokens: 0 });
    return new GuidelineAssistant(model, files, await openIndex(files, embedder));
  }

  async ask(question: string, signal: AbortSignal): Promise<GuidelineAnswer> {
    const found = await this.#index.search(question, { limit: 4, signal });
    const texts = new Map<string, string>();
    const setAside: { name: string; reason: string }[] = [];
    for (const name of new Set(found.map(({ source }) => source))) {
      const text = await currentText(this.#files, this.version, name);
      const reason = text === null ? "It is gone" : await this.#problem(text, signal);
      if (text !== null && reason === null) texts.set(name, text);
      else setAside.push({ name, reason: reason ?? "" });
    }
    const passages = found.filter(({ source }) => texts.has(source));
    const answer = await answerWithCitations({
      model: this.#model,
      question,
      passages,
      currentText: async (source) => texts.get(source) ?? null,
      refusal,
      generate: { signal, maxTokens: 300, sampling: { temperature: 0 } },
    });
    const names = passages.map(({ source }) => source);
    const cited = names.map((name) => ({ name, text: texts.get(name) ?? "" }));
    const citations = new Map<string, GuidelineAnswer["citations"][number]>();
    // All that is left of the answer holds; whole sentences, since a quote may begin behind a "not".
    for (const { number, span } of answer.refused ? [] : verifyCitations(answer.text, cited).citations) {
      if (span === null) continue;
      const { name: source, text } = cited[number - 1]!;
      const [start, end] = sentencesAround(text, span);
      citations.set(`${source}:${start}`, { number, source, start, end });
    }
    const isCited = (name: string): boolean =>
      answer.refused || [...citations.values()].some(({ source }) => source === name);
    const quotes = [...citations.values()].map(
      ({ number, source, start, end }) => `${texts.get(source)?.slice(start, end)} [${number}]`,
    );
    return {
      text: answer.refused ? answer.text : quotes.join("\n"),
      refused: answer.refused,
      citations: [...citations.values()],
      removed: answer.removed,
      sources: [...texts].filter(([name]) => isCited(name)).map(([name, text]) => ({ name, text })),
      setAside,
    };
  }

  /** Why a guideline is kept from the model; null where nothing speaks against it. Long texts are judged by paragraphs. */
  async #problem(text: string, signal: AbortSignal): Promise<string | null> {
    for (const paragraph of text.split(/\n\s*\n/)) {
      const { action, hits } = await this.#shields.guardBorder("retrieved_text", paragraph, [], signal);
      if (action !== "pass") return hits.map(({ reason }) => reason).join("; ");
    }
    return null;
  }
}

/** The whole sentences that a span touches; a heading, an item of a list and a paragraph end one as well. */
function sentencesAround(text: string, [start, end]: readonly [number, number]): [number, number] {
  const ends = [...text.matchAll(/[.!?](?=\s)|\n(?=\s*\n|#|[-*] )/g)].map(({ index }) => index + 1);
  const from = ends.findLast((at) => at <= start) ?? 0;
  const to = ends.find((at) => at >= end) ?? text.length;
  const sentence = text.slice(from, to);
  return [to - sentence.trimStart().length, from + sentence.trimEnd().length];
}
