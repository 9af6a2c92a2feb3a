import { join } from "node:path";

/** Texts that a tokenizer learns from, each with how often it counts and how much of it is taken. */
interface Input {
  file: string;
  weight: number;
  maxBytes: string;
  maxDocumentBytes: string;
  field: string;
  /** Only documents whose field has this value, or "". */
  where: string;
}

const input = (file: string, weight: number, more: Partial<Input> = {}): Input => ({
  file,
  weight,
  maxBytes: "8M",
  maxDocumentBytes: "4M",
  field: "text",
  where: "",
  ...more,
});

const others = [
  ["deu", "de"],
  ["fra", "fr"],
  ["ita", "it"],
  ["por", "pt"],
  ["spa", "es"],
] as const;

const inputs: readonly Input[] = [
  input("pretrain/eltec_eng.jsonl.zst", 1, { maxBytes: "18M", maxDocumentBytes: "200K" }),
  input("pretrain/nltk_public_domain_en.jsonl.zst", 1),
  input("pretrain/factbook.jsonl.zst", 0.5),
  input("pretrain/tldr_pages.jsonl.zst", 1, { where: "lang=en" }),
  input("pretrain/python_docs_rst.jsonl.zst", 0.5),
  input("pretrain/libreoffice_help_en.jsonl.zst", 1),
  input("sft/gsm8k_train.jsonl", 1, { field: "question" }),
  input("sft/gsm8k_train.jsonl", 1, { field: "answer" }),
  input("sft/self_instruct_seed_tasks_175.jsonl", 3, { field: "instruction" }),
  ...others.flatMap(([corpus, help]) => [
    input(`pretrain/eltec_${corpus}.jsonl.zst`, 1, { maxBytes: "1M", maxDocumentBytes: "12K" }),
    input(`pretrain/libreoffice_help_${help}.jsonl.zst`, 1, { maxBytes: "400K" }),
  ]),
];

/** The flags of `llamero train tokenizer` for the texts in `data` and the documents made in `out`. */
export function tokenizerInputs(data: string, out: string): string[] {
  const all = [
    ...inputs.map((each) => ({ ...each, file: join(data, each.file) })),
    input(join(out, "pretrain", "dialogues.jsonl"), 3),
  ];
  return all.flatMap(({ file, weight, maxBytes, maxDocumentBytes, field, where }) => [
    ...["-i", file, "--weight", String(weight), "--max-bytes", maxBytes],
    ...["--max-document-bytes", maxDocumentBytes, "--text-field", field, "--where", where],
  ]);
}
