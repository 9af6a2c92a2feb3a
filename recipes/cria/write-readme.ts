import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Repetition } from "./repetition.ts";
import type { TextCount } from "./text/make-text.ts";

/** What a run made. */
export interface DataCounts {
  seed: number;
  size: string;
  skills: readonly {
    name: string;
    records: number;
    valid: number;
    bytes: number;
    duplicates: number;
    repetition: Repetition;
  }[];
  documents: readonly TextCount[];
  text: readonly TextCount[];
}

/** Writes README.md with counts, licenses and credits. */
export function writeReadme(out: string, { seed, size, skills, documents, text }: DataCounts): void {
  const rows = (counts: readonly TextCount[]): string =>
    counts
      .map(
        ({ name, records, bytes, license, credit }) =>
          `| ${name} | ${records} | ${megabytes(bytes)} | ${license} | ${credit} |`,
      )
      .join("\n");
  const skillRows = skills
    .map(
      ({ name, records, valid, bytes, duplicates, repetition }) =>
        `| ${name} | ${records} | ${valid} | ${megabytes(bytes)} | ${duplicates} | ${repetition.distinctAnswers} of ${repetition.answers} |`,
    )
    .join("\n");
  const readme = `# Data of Cria

Made by \`recipes/cria/make-data.ts --seed ${seed} --size ${size}\`. The same seed and sources give the same files.

\`skills/<skill>.train.jsonl\` and \`.valid.jsonl\`: conversations in the OpenAI form, with \`tools\` where some are offered. Made by
the generators of \`recipes/cria/skills\` from word tables; the product's own license (Apache-2.0). Names of people and animals, invented
words and invented names of tools of the held-out part do not occur in training. \`countries\` asks about lines of the factbook (public domain).
\`midtrain/<skill>.jsonl\`: other conversations of the same kinds, as many, for the last stages.

| skill | conversations | held out | MB | drawn again as duplicates | different answers |
|---|---|---|---|---|---|
${skillRows}

\`pretrain/<source>.jsonl\`: plain text, with one of 100 passages held out in \`<source>.valid.jsonl\`. Corpora are cut into passages and
curated by \`@llamero/train/data\` (language, repetition, copies, personal data, evaluation sets); of novels the plainest passages are
taken. \`pretrain/work\` has the report and lineage of the curation.

| source | passages | MB | license | credit |
|---|---|---|---|---|
${rows(text)}
${rows(documents)}
`;
  writeFileSync(join(out, "README.md"), readme);
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
