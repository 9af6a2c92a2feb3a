import { join } from "node:path";
import type { QuantizeProof } from "@llamero/core";
import { pickBackend, reportDegradations } from "../model/open-model.ts";
import { formatBytes } from "../terminal/human.ts";
import { formatTable } from "../terminal/table.ts";
import type { Tour, TourStep } from "./step.ts";

/** Bits of a weight in each target, its scales included. */
const targets = [
  { name: "q8_0", bits: 8.5 },
  { name: "q4_0", bits: 4.5 },
] as const;

const shortText = "Few words are enough to see that both files say nearly the same. ".repeat(4);

/** Targets that are smaller than the model is. */
function targetsOf({ model, isFast }: Tour): (typeof targets)[number]["name"][] {
  const names = targets.filter(
    ({ bits }, i) => i > 0 || (8 * model.checkpoint.sizeBytes) / model.numWeights > bits + 1,
  );
  return names.slice(isFast ? -1 : 0).map(({ name }) => name);
}

const output = (target: string): string => `model-${target}.gguf`;
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

export const step: TourStep = {
  commands: (tour) =>
    targetsOf(tour).map((target) => {
      const words = ["llamero", "quantize", tour.model.name, tour.shown(output(target)), "--to", target];
      return [...words, "--force", ...(tour.isFast ? ["--text", tour.shown("text.txt")] : [])];
    }),
  async run(tour) {
    const { screen, model, folder, signal, isFast, values } = tour;
    const { quantizeModel } = await import("@llamero/core");
    const { backend, degradations } = await pickBackend(values);
    await using _ = backend;
    reportDegradations(degradations);
    if (isFast) tour.give("text.txt", shortText);
    const proofs: (QuantizeProof & { sizeBytes: number })[] = [];
    const notes: string[] = [];
    for (const target of targetsOf(tour)) {
      const result = await quantizeModel(model.checkpoint, join(folder, output(target)), {
        target,
        backend,
        text: isFast ? { name: "text.txt", content: shortText } : undefined,
        force: true,
        signal,
        onProgress: (stage, done, total) => {
          const label = `${stage === "write" ? "Writing" : "Measuring"} ${target}`.padEnd(16);
          screen.live(`${label} ${screen.bar(done / total)}`);
        },
      });
      proofs.push({ ...result.proof!, sizeBytes: result.sizeBytes });
      notes.push(...result.notes);
    }
    const first = proofs[0]!;
    const rows = proofs.map((proof) => [
      proof.target,
      formatBytes(proof.sizeBytes),
      proof.perplexity.toFixed(2),
      percent(proof.perplexityCost),
      proof.klMean.toFixed(4),
      percent(proof.topOneAgreement),
    ]);
    const header = ["FILE", "SIZE", "PERPLEXITY", "COST", "MEAN KL", "SAME BEST TOKEN"];
    const table = formatTable(
      header,
      [
        ["source", formatBytes(model.checkpoint.sizeBytes), first.sourcePerplexity.toFixed(2), "", "", ""],
        ...rows,
      ],
      [1, 2, 3, 4, 5],
    );
    const [head, ...lines] = table.trimEnd().split("\n");
    screen.line(screen.colors.dim(head!));
    for (const line of lines) screen.line(line);
    screen.line();
    screen.text(
      `Measured on ${first.tokens.toLocaleString("en-US")} tokens, all probabilities of both models compared; KL is in nats. The figures are in the file too.`,
    );
    for (const proof of proofs.filter(({ isWithinLimit }) => !isWithinLimit)) {
      screen.text(
        `${proof.target} loses more than ${percent(proof.maxPerplexityCost)}: without --force it would have been removed.`,
      );
    }
    return { proofs, notes };
  },
};
