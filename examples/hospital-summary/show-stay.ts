import { bold, cyan, dim, green, red, safe, yellow } from "../paint.ts";
import type { Stay, Summary } from "./summarizer.ts";

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
