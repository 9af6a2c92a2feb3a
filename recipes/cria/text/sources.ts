/** How a source's documents become passages. */
export type PassageForm = "novel" | "sections" | "whole" | "problems";

/** A corpus that the model reads before it learns to talk. */
export interface TextSource {
  name: string;
  /** File below the data folder. */
  file: string;
  form: PassageForm;
  language: string;
  /** Bytes of text taken in a full run. */
  bytes: number;
  license: string;
  credit: string;
}

const eltec = { license: "public domain (markup CC BY 4.0)", credit: "COST Action Distant Reading, ELTeC" };
const libreOffice = { license: "MPL-2.0", credit: "The Document Foundation, LibreOffice Help" };
const tldr = { license: "CC BY 4.0", credit: "tldr-pages contributors" };

const novels: readonly (readonly [string, string, number])[] = [
  ["en", "eng", 12e6],
  ["de", "deu", 0.6e6],
  ["fr", "fra", 0.6e6],
  ["it", "ita", 0.6e6],
  ["pt", "por", 0.6e6],
  ["es", "spa", 0.6e6],
];
const helped: readonly (readonly [string, number])[] = [
  ["en", 2e6],
  ["de", 0.3e6],
  ["fr", 0.3e6],
  ["it", 0.3e6],
  ["pt", 0.3e6],
  ["es", 0.3e6],
];

/** What Cria is pre-trained on besides text made by the generators. */
export const textSources: readonly TextSource[] = [
  ...novels.map(
    ([language, code, bytes]): TextSource => ({
      name: `novels-${language}`,
      file: `pretrain/eltec_${code}.jsonl.zst`,
      form: "novel",
      language,
      bytes,
      ...eltec,
    }),
  ),
  ...helped.map(
    ([language, bytes]): TextSource => ({
      name: `help-${language}`,
      file: `pretrain/libreoffice_help_${language}.jsonl.zst`,
      form: "sections",
      language,
      bytes,
      ...libreOffice,
    }),
  ),
  {
    name: "factbook",
    file: "pretrain/factbook.jsonl.zst",
    form: "sections",
    language: "en",
    bytes: 3e6,
    license: "public domain",
    credit: "CIA World Factbook",
  },
  {
    name: "speeches",
    file: "pretrain/nltk_public_domain_en.jsonl.zst",
    form: "novel",
    language: "en",
    bytes: 1.5e6,
    license: "public domain",
    credit: "NLTK corpora",
  },
  {
    name: "problems",
    file: "sft/gsm8k_train.jsonl",
    form: "problems",
    language: "en",
    bytes: 4e6,
    license: "MIT",
    credit: "OpenAI, GSM8K (training part)",
  },
  {
    name: "commands",
    file: "pretrain/tldr_pages.jsonl.zst",
    form: "whole",
    language: "en",
    bytes: 0.8e6,
    ...tldr,
  },
];
