import type { QuantizeProof } from "@llamero/core";

const percent = (share: number, digits = 2): string => `${(share * 100).toFixed(digits)} %`;
const signed = (share: number): string => `${share >= 0 ? "+" : ""}${percent(share)}`;

/** Rows of a table that say what a quantised file lost. */
export function proofRows(proof: QuantizeProof): [name: string, value: string][] {
  const tokens = proof.tokens.toLocaleString("en-US");
  return [
    ["quantised", `${proof.target}, from ${proof.source} (${proof.sourceFormats})`],
    ["measured on", `${tokens} tokens of ${proof.text}, mode ${proof.mode}`],
    [
      "perplexity",
      `${proof.sourcePerplexity.toFixed(4)} before, ${proof.perplexity.toFixed(4)} after: ` +
        `${signed(proof.perplexityCost)}, ${proof.isWithinLimit ? "within" : "beyond"} the limit of ${percent(proof.maxPerplexityCost)}`,
    ],
    ["KL divergence", `mean ${proof.klMean.toExponential(2)}, p99 ${proof.klP99.toExponential(2)}`],
    ["same first choice", percent(proof.topOneAgreement)],
    ...proof.tasks.map(({ task, source, score }): [string, string] => [
      task,
      `${percent(source)} before, ${percent(score)} after`,
    ]),
  ];
}
