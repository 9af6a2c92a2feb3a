import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FakeTextModel } from "../fake-text-model.ts";
import { answerWithCitations } from "./answer-with-citations.ts";
import { chunkDocument } from "./chunk-document.ts";
import { currentText } from "./current-text.ts";
import { evaluateIndex, parseQuestions } from "./evaluate-index.ts";
import { FakeEmbedder } from "./fake-embedder.ts";
import { IndexFiles } from "./index-files.ts";
import { ingestFolder } from "./ingest-folder.ts";
import { openIndex } from "./open-index.ts";
import { processFile } from "./processors/process-file.ts";
import { verifyCitations } from "./verify-citations.ts";

const llamas = "# Llamas\n\n## Food\n\nLlamas eat hay and grass. They need\nclean water every day.\n";
const camels = "Camels store fat in their humps. Camels drink a lot at once.\n";

function scratch(t: { after(run: () => void): void }): { docs: string; files: IndexFiles } {
  const root = mkdtempSync(join(tmpdir(), "llamero-rag-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const docs = join(root, "docs");
  mkdirSync(join(docs, "more"), { recursive: true });
  writeFileSync(join(docs, "llamas.md"), llamas);
  writeFileSync(join(docs, "more", "camels.txt"), camels);
  return { docs, files: new IndexFiles(join(root, "rag"), "zoo") };
}

test("chunkDocument gives exact spans, headings above and ids by content", async () => {
  const processed = await processFile(Buffer.from(llamas), "a.md");
  const cut = { maxTokens: 14, overlapTokens: 0 };
  const chunks = await chunkDocument(processed, cut);
  assert.ok(chunks.length > 1);
  const water = chunks.find(({ start, end }) => llamas.slice(start, end).includes("clean water"))!;
  assert.deepEqual(water.path, ["Llamas", "Food"]);
  assert.deepEqual(await chunkDocument(processed, cut), chunks);
  assert.equal(new Set(chunks.map(({ id }) => id)).size, chunks.length);
  const long = "# A\n\n".concat(`${"😀 hay ".repeat(30)}\n\n`.repeat(300), "# B\n\n", "x".repeat(90_001));
  const all = await chunkDocument(await processFile(Buffer.from(long), "a.md"), {
    maxTokens: 900,
    overlapTokens: 0,
  });
  assert.equal(all.map(({ start, end }) => long.slice(start, end)).join(""), long);
  assert.ok(all.every(({ start, end }) => !/\p{Surrogate}/u.test(long.slice(start, end))));
  assert.deepEqual([all[0]!.path, all.at(-1)!.path], [["A"], ["B"]]);
});

test("ingestFolder makes versions, keeps vectors, leaves out links and names what it cannot read", async (t) => {
  const { docs, files } = scratch(t);
  const embedder = new FakeEmbedder();
  symlinkSync("/etc/passwd", join(docs, "evil.txt"));
  writeFileSync(join(docs, "broken.txt"), Buffer.from([0xff, 0xfe, 0x00]));
  const first = await ingestFolder(files, docs, { embedder });
  assert.deepEqual(
    first.sources.map(({ path }) => path),
    ["llamas.md", "more/camels.txt"],
  );
  assert.match(first.failures[0]!.message, /broken\.txt is no text/);
  const { numTexts } = embedder;
  writeFileSync(join(docs, "more", "new.txt"), "Alpacas hum.");
  const second = await ingestFolder(files, docs, { embedder });
  assert.equal(embedder.numTexts, numTexts + 1);
  assert.deepEqual([second.version, files.current(), files.versions()], [2, 2, [1, 2]]);
  assert.equal((await (await openIndex(files, embedder)).search("alpacas hum"))[0]!.source, "more/new.txt");
  files.setCurrent(1);
  assert.ok(
    (await (await openIndex(files, embedder)).search("alpacas")).every(
      ({ source }) => source !== "more/new.txt",
    ),
  );
  assert.throws(() => files.setCurrent(9), /no version 9; there is 1, 2/);
  assert.throws(() => new IndexFiles("/tmp", "../x"), /named/);
  await assert.rejects(
    openIndex(files, { ...embedder, id: "other" } as unknown as FakeEmbedder),
    /made with fake, not other/,
  );
});

test("ingestFolder that ended in the middle does not embed again what was done", async (t) => {
  const { docs, files } = scratch(t);
  const embedder = new FakeEmbedder();
  let numBatches = 0;
  embedder.before = () => {
    if (++numBatches === 2) throw new Error("killed");
  };
  await assert.rejects(ingestFolder(files, docs, { embedder }), /killed/);
  assert.equal(files.current(), null);
  const { numTexts } = embedder;
  let numReused = 0;
  await ingestFolder(files, docs, { embedder, onProgress: (progress) => (numReused = progress.numReused) });
  assert.deepEqual([numTexts, numReused], [1, 1]);
  assert.equal(embedder.numTexts, 2);
});

test("openIndex searches by words, vectors or both, with a filter and a reranking", async (t) => {
  const { docs, files } = scratch(t);
  const embedder = new FakeEmbedder();
  await ingestFolder(files, docs, { embedder });
  const index = await openIndex(files, embedder);
  for (const mode of ["keyword", "vector", "hybrid"] as const) {
    const [best] = await index.search("humps of camels", { mode });
    assert.equal(best!.source, "more/camels.txt");
    assert.equal(best!.sourceText.slice(best!.start, best!.end), best!.text);
  }
  assert.equal((await index.search("humps of camels", { vectorWeight: 0.3 }))[0]!.source, "more/camels.txt");
  const filter = { type: "eq", key: "media_type", value: "text/markdown" } as const;
  assert.deepEqual(
    (await index.search("camels", { filter })).map(({ source }) => source),
    ["llamas.md"],
  );
  const rerank = async (_: string, texts: readonly string[]): Promise<number[]> =>
    texts.map((text) => (text.includes("hay") ? 1 : 0));
  assert.equal((await index.search("camels", { rerank }))[0]!.source, "llamas.md");
});

test("verifyCitations takes exact quotes and sentences, and says what is wrong with others", () => {
  const sources = [
    { name: "a", text: llamas },
    { name: "b", text: "The cure is ineffective in most cases." },
  ];
  const answer = `The page says "They need clean water every day." [1]. Llamas eat hay and grass [1].
It says "effective in most cases" [2]. Llamas fly [1]! "They need clean water" [7]. No marker here.`;
  const { citations, supported, unsupported } = verifyCitations(answer, sources);
  assert.deepEqual(
    citations.map(({ problem }) => problem),
    [
      null,
      null,
      "Source 2 does not say this word for word",
      "The quote has fewer than 3 words",
      "There is no source 7",
    ],
  );
  const [start, end] = citations[0]!.span!;
  assert.equal(llamas.slice(start, end), "They need\nclean water every day.");
  assert.deepEqual([supported.length, unsupported.length], [2, 4]);
  const claimsIn = (text: string): string[] => {
    const { claims } = verifyCitations(text, sources);
    return claims.map(([first, last]) => text.slice(first, last));
  };
  // A quote that stands does not prove the words around it.
  assert.deepEqual(
    claimsIn('Camels cure cancer quickly, and "Llamas eat hay and grass" [1] on Mars forever.'),
    ["Camels cure cancer quickly, and", "on Mars forever"],
  );
  assert.deepEqual(claimsIn('Give 9000 mg: "Llamas eat hay and grass" [1].'), ["Give 9000 mg"]);
  assert.deepEqual(
    claimsIn('According to the page, llamas thrive: "They need clean water every day." [1]'),
    [],
  );
  assert.equal(verifyCitations('Both say "They need clean water" [1][2].', sources).supported.length, 0);
});

test("answerWithCitations keeps what is supported, and refuses when the cited sentence is deleted", async (t) => {
  const { docs, files } = scratch(t);
  const embedder = new FakeEmbedder();
  const { version } = await ingestFolder(files, docs, { embedder });
  assert.equal(version, 1);
  const index = await openIndex(files, embedder);
  const model = new FakeTextModel({
    reply: () => 'It says "Camels store fat in their humps" [1]. They also fly [1].',
  });
  const question = "What do camels store in humps?";
  const ask = async (): Promise<Awaited<ReturnType<typeof answerWithCitations>>> =>
    answerWithCitations({
      model,
      question,
      passages: await index.search(question, { limit: 2 }),
      currentText: (path) => currentText(files, index.version, path),
    });
  const before = await ask();
  assert.equal(before.text, 'It says "Camels store fat in their humps" [1].');
  assert.deepEqual([before.removed, before.claims], [["They also fly [1]."], []]);
  writeFileSync(join(docs, "more", "camels.txt"), "Camels drink a lot at once.\n");
  const after = await ask();
  assert.deepEqual([after.refused, after.text], [true, "The sources do not answer this."]);
  rmSync(join(docs, "more"), { recursive: true });
  assert.equal((await ask()).refused, true);
});

test("evaluateIndex gives recall, ranks, precision of citations and refusals", async (t) => {
  const { docs, files } = scratch(t);
  const embedder = new FakeEmbedder();
  await ingestFolder(files, docs, { embedder });
  const questions = parseQuestions(
    [
      { question: "humps of camels", source: "more/camels.txt", answer: "store fat" },
      { question: "hay for llamas", source: "missing.md" },
      { question: "Who won the cup?", source: null },
    ]
      .map((each) => JSON.stringify(each))
      .join("\n"),
    "q.jsonl",
  );
  const model = new FakeTextModel({ reply: () => '"Camels store fat in their humps" [1].' });
  const report = await evaluateIndex(await openIndex(files, embedder), questions, {
    limit: 2,
    ask: (question, passages) => answerWithCitations({ model, question, passages }),
  });
  assert.equal(report.recall, 0.5);
  assert.equal(report.mrr, 0.5);
  assert.equal(report.citationPrecision, 0.5);
  assert.throws(() => parseQuestions('{"question": 1}', "q.jsonl"), /q\.jsonl, line 1 must have/);
});
