import type { Stay, Summary } from "./summarizer.ts";

const paint =
  (code: number) =>
  (text: string): string =>
    `\x1b[${code}m${text}\x1b[0m`;
const bold = paint(1);
const dim = paint(2);
const red = paint(31);
const green = paint(32);
const yellow = paint(33);
const cyan = paint(36);

const titles: Readonly<Record<keyof Summary, string>> = {
  motivo: "Motivo",
  diagnosticos: "Diagnósticos",
  evolucao: "Evolução",
  procedimentos: "Procedimentos",
  medicacao_de_alta: "Medicação de alta",
  seguimento: "Seguimento",
};

/** What the model saw, and the summary, as lines of a terminal. */
export function showStay({ redacted, summary, madeUp }: Stay): string {
  const seen = safe(redacted.trim()).replace(
    /\[[A-Z]+(?:_\d+)?\]/g,
    (name) => `\x1b[0m${yellow(name)}\x1b[2m`,
  );
  const entries = (Object.keys(titles) as (keyof Summary)[]).map((field) => {
    const value = summary[field];
    const lines = typeof value === "string" ? wrap(value) : value.map((item) => `• ${item}`);
    return `${cyan(titles[field])}${safe(lines.map((text) => `\n  ${text}`).join("") || "  –")}`;
  });
  const warning =
    madeUp.length === 0
      ? green("✓ todos os números do resumo estão nas notas")
      : red(`⚠ números que não estão nas notas: ${madeUp.join(", ")}`);
  return `${bold("O que o modelo viu")}\n${dim(seen)}\n\n${bold("Resumo da internação")} ${dim("(nomes repostos nesta máquina)")}\n${entries.join("\n")}\n\n${warning}\n`;
}

/** A text in lines of 94 signs, broken between words. */
const wrap = (text: string): string[] => text.trim().match(/\S.{0,93}(?=\s|$)|\S{1,94}/g) ?? [];

/** Text of models and files without what would steer the terminal. */
const safe = (text: string): string => text.replace(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, "");
