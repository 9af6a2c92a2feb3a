import { relative } from "node:path";
import type { LineageNode } from "@llamero/train/round";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag } from "../flags.ts";
import { printJson } from "../terminal/print-json.ts";
import { runOrExplain } from "../train/run-or-explain.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<file>",
  details: `Follows a model, an adapter, a run's folder or an evaluation back to what it was made of, by what training runs, rounds,
data curation and quantised files have written down: data, tokenizer, checkpoint, adapter, file, figures. Everything is named
by the SHA-256 of its content; what has changed since is said.`,
  flags: { json: jsonFlag },
  examples: ["llamero lineage show runs/mine/adapter.gguf", "llamero lineage show model.gguf --json"],
  async run([path], { json }) {
    const { traceFile } = await import("@llamero/train/round");
    const node = await runOrExplain(() => traceFile(path!));
    if (json) printJson(node);
    else process.stdout.write(`${draw(node, "", "").join("\n")}\n`);
  },
});

/** Lines of a tree. */
function draw(node: LineageNode, head: string, indent: string): string[] {
  const { kind, path, sha256, notes, from } = node;
  const shown = relative(process.cwd(), path);
  const name = shown === "" || shown.startsWith("..") ? path : shown;
  return [
    `${head}${kind} ${name}  ${sha256 === null ? "-" : sha256.slice(0, 16)}`,
    ...notes.map((note) => `${indent}${from.length > 0 ? "| " : "  "}${note}`),
    ...from.flatMap(({ role, node: parent }, at) => {
      const isLast = at === from.length - 1;
      return draw(parent, `${indent}${isLast ? "`-" : "|-"} ${role}: `, `${indent}${isLast ? "   " : "|  "}`);
    }),
  ];
}
