import type { Span, TuneRecipe } from "@llamero/train/tune";
import { colorsFor } from "../terminal/colors.ts";
import { printJson } from "../terminal/print-json.ts";
import { safeForTerminal } from "../terminal/safe-text.ts";
import { runOrExplain } from "./run-or-explain.ts";

/** Prints what a run would learn from: what is trained in green, or between ⟦ and ⟧ where there are no colors. */
export async function printPreview(recipe: TuneRecipe, isJson: boolean): Promise<void> {
  const { previewTune } = await import("@llamero/train/tune");
  const preview = await runOrExplain(() => previewTune(recipe));
  if (isJson) {
    printJson(preview);
    return;
  }
  const colors = colorsFor(process.stdout);
  const write = ({ text: raw, isTrained }: Span): string => {
    const text = process.stdout.isTTY ? safeForTerminal(raw) : raw;
    if (!isTrained) return colors.dim(text);
    return colors.isColorSupported ? colors.green(text) : `⟦${text}⟧`;
  };
  const number = (value: number): string => value.toLocaleString("en-US");
  const { examples, validation, tokens, trainedTokens, longest, steps, chatFormat, notes, first } = preview;
  const share = ((100 * trainedTokens) / tokens).toFixed(1);
  const lines = [
    `${number(examples)} examples, ${number(validation)} held out, ${number(steps)} steps; chat format ${chatFormat}`,
    `${number(tokens)} tokens once through, ${number(trainedTokens)} with a loss (${share} %), the longest example ${number(longest)}`,
    ...notes.map((note) => `Note: ${note}`),
    ...first.flatMap(({ name, spans }) => ["", colors.bold(name), spans.map(write).join("")]),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
