import type { Metric, Outcome, Row, Session, Source, Task } from "../../task.ts";
import { checkFields, fillTemplate } from "../generation/fields.ts";
import type { FieldType } from "../generation/generation-row.ts";

/** A set that asks how likely a text is, as data. `{path}` in a template stands for a field. */
export interface LikelihoodRow {
  name: string;
  title: string;
  category: string;
  languages: readonly string[];
  source: Source;
  fields: Readonly<Record<string, FieldType>>;
  prepare?: (row: Row) => Row;
  /** Absent: the whole text is scored, in windows where it is longer than the model's context. */
  context?: string;
  text: string;
  /** What words and bytes are counted of; the text by default. */
  counted?: string;
  /** Between context and text; none by default. */
  delimiter?: string;
  numShots?: number;
  /** Whether the text is an answer that a model must find (`acc` counts greedy ones); else its perplexity is all. */
  answer?: boolean;
}

export interface LikelihoodItem {
  context: string;
  text: string;
  words: number;
  bytes: number;
}

const perWord = (column: number, scale: (nats: number) => number): Metric => ({
  aggregate: "corpus",
  higherIsBetter: false,
  combine(parts) {
    const sum = (at: number): number => parts.reduce((total, part) => total + part[at]!, 0);
    return scale(-sum(0) / sum(column));
  },
});

const textMetrics: Readonly<Record<string, Metric>> = {
  word_perplexity: perWord(1, Math.exp),
  byte_perplexity: perWord(2, Math.exp),
  bits_per_byte: perWord(2, (nats) => nats / Math.LN2),
};
const answerMetrics: Readonly<Record<string, Metric>> = {
  acc: { aggregate: "mean", higherIsBetter: true },
  // Perplexity of the answers: e to the minus mean log-probability of an answer, however many tokens it has.
  perplexity: perWord(3, Math.exp),
};

/** The task that a row describes. */
export function likelihoodTask(row: LikelihoodRow): Task<LikelihoodItem> {
  const metrics = row.answer ? answerMetrics : textMetrics;
  const delimiter = row.delimiter ?? "";
  const shown = (item: LikelihoodItem, shots: readonly LikelihoodItem[]): string =>
    shots.map((shot) => `${shot.context}${delimiter}${shot.text}\n\n`).join("") + item.context;
  return {
    name: row.name,
    title: row.title,
    kind: "perplexity",
    category: row.category,
    languages: row.languages,
    source: row.source,
    numShots: row.numShots ?? 0,
    metrics,
    mainMetric: Object.keys(metrics)[0]!,
    version: 1,
    parse(record) {
      checkFields(row.name, row.fields, record);
      const values = row.prepare?.(record) ?? record;
      const text = fillTemplate(row.text, values);
      if (text.trim() === "")
        throw new SyntaxError(
          `A record of ${row.name} must hold a text that is not empty, not ${JSON.stringify(text)}`,
        );
      const counted = fillTemplate(row.counted ?? row.text, values);
      return {
        context: fillTemplate(row.context ?? "", values),
        text,
        words: counted.split(/\s+/).length,
        bytes: Buffer.byteLength(counted),
      };
    },
    prompt: (item, shots) => ({ kind: "text", text: shown(item, shots) }),
    reference: (item) => item.text,
    async ask(item, shots, session: Session): Promise<Outcome> {
      const { logprob, isGreedy } = await session.loglikelihood(
        shown(item, shots),
        delimiter + item.text,
        row.answer ? {} : { overflow: "windows" },
      );
      const parts = [logprob, item.words, item.bytes, 1];
      const scores: Record<string, number> = {};
      for (const [name, metric] of Object.entries(metrics))
        scores[name] = metric.combine?.([parts]) ?? Number(isGreedy);
      const corpus = Object.keys(metrics).filter((name) => metrics[name]!.aggregate === "corpus");
      return {
        scores,
        parts: Object.fromEntries(corpus.map((name) => [name, parts])),
        answer: isGreedy ? item.text : "",
        expected: item.text,
      };
    },
    grade: null,
  };
}
