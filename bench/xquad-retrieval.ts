/**
 * Recall of paragraphs for XQuAD's questions, one vector for each paragraph:
 * `node --conditions=@llamero/source --import tsx bench/xquad-retrieval.ts XQUAD.json ENCODER_FOLDER [NUM_QUESTIONS]`.
 * `bench/peers/xquad-retrieval.py` does the same with transformers.
 */
import { readFileSync } from "node:fs";
import { loadEncoder } from "@llamero/core";
import { Bm25, fuseRankings } from "@llamero/core/retrieval/bm25";
import { FlatIndex } from "@llamero/core/retrieval/flat-index";

interface Paragraph {
  context: string;
  qas: { question: string }[];
}

const [file = "", folder = "", given = "1190"] = process.argv.slice(2);
const { data } = JSON.parse(readFileSync(file, "utf8")) as { data: { paragraphs: Paragraph[] }[] };
const paragraphs = data.flatMap((article) => article.paragraphs);
const questions = paragraphs
  .flatMap(({ qas }, at) => qas.map(({ question }) => ({ question, wanted: String(at) })))
  .slice(0, Number(given));
const encoder = await loadEncoder(folder);
const embed = async (texts: readonly string[]): Promise<Float32Array[]> => {
  const vectors: Float32Array[] = [];
  for (let at = 0; at < texts.length; at += 32)
    vectors.push(...(await encoder.embed(texts.slice(at, at + 32))));
  return vectors;
};
const index = new FlatIndex(encoder.dimensions);
const words = new Bm25();
const start = performance.now();
for (const [at, vector] of (await embed(paragraphs.map(({ context }) => context))).entries())
  index.add(String(at), vector);
for (const [at, { context }] of paragraphs.entries()) words.add(String(at), context);
const queries = await embed(questions.map(({ question }) => question));
const seconds = (performance.now() - start) / 1000;
const hits = { vector: 0, keyword: 0, hybrid: 0 };
for (const [at, { question, wanted }] of questions.entries()) {
  const byVector = index.search(queries[at]!, 20);
  const byWord = words.search(question, 20);
  const rankings = { vector: byVector, keyword: byWord, hybrid: fuseRankings([byVector, byWord]) };
  for (const [name, ranking] of Object.entries(rankings))
    if (ranking.slice(0, 5).some(({ id }) => id === wanted)) hits[name as keyof typeof hits]++;
}
const share = (count: number): number => Number((count / questions.length).toFixed(4));
console.log(
  JSON.stringify({
    paragraphs: paragraphs.length,
    questions: questions.length,
    recall_at_5: { vector: share(hits.vector), keyword: share(hits.keyword), hybrid: share(hits.hybrid) },
    seconds: Number(seconds.toFixed(1)),
  }),
);
encoder.close();
