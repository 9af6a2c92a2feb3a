import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag, switchFlag } from "../flags.ts";
import { countFormats, totalWeights } from "../model/describe-checkpoint.ts";
import { proofRows } from "../model/describe-proof.ts";
import { resolveLocal } from "../model/resolve-model.ts";
import { formatBytes } from "../terminal/human.ts";
import { printJson } from "../terminal/print-json.ts";
import { safeForTerminal } from "../terminal/safe-text.ts";
import { formatTable } from "../terminal/table.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<model>",
  flags: {
    json: jsonFlag,
    template: switchFlag("--template", "print only the chat template stored in the file"),
  },
  examples: ["llamero show Llama-3.2-1B-Instruct-Q4_0", "llamero show model.gguf --template"],
  async run([text], { json, template }) {
    const model = await resolveLocal(text!);
    const { openCheckpoint, readProof, tensorSizeBytes } = await import("@llamero/core");
    const checkpoint = openCheckpoint(model.path);
    if (template) {
      if (checkpoint.chatTemplate === null) process.stderr.write(`${model.name} holds no chat template\n`);
      else process.stdout.write(`${checkpoint.chatTemplate}\n`);
      return checkpoint.chatTemplate === null ? 1 : 0;
    }
    const { config, metadata } = checkpoint;
    const formats = countFormats(checkpoint.tensors.values(), tensorSizeBytes);
    const license = metadata["general.license"] ?? metadata["license"] ?? null;
    const facts = {
      name: model.name,
      path: model.path,
      source: model.manifest?.source ?? null,
      commit: model.manifest?.commit ?? null,
      kind: checkpoint.kind,
      sizeBytes: checkpoint.sizeBytes,
      numWeights: totalWeights(checkpoint.tensors.values()),
      formats: formats.map(({ format }) => format),
      contextLength: config.maxPositionEmbeddings,
      license: typeof license === "string" ? license : null,
      hasChatTemplate: checkpoint.chatTemplate !== null,
      tokenizer: checkpoint.tokenizer?.kind ?? null,
      proof: readProof(metadata),
      config,
    };
    if (json) {
      printJson(facts);
      return;
    }
    const heads = `${config.numAttentionHeads} heads of ${config.headDim}, ${config.numKeyValueHeads} for keys and values`;
    const rows = [
      ["name", facts.name],
      ["path", facts.path],
      ["source", facts.source ?? "-"],
      ["file", `${facts.kind}, ${formatBytes(facts.sizeBytes)}, ${facts.formats.join(" ")}`],
      ["weights", facts.numWeights.toLocaleString("en-US")],
      [
        "layers",
        `${config.numHiddenLayers}, hidden size ${config.hiddenSize}, feed-forward ${config.intermediateSize}`,
      ],
      ["attention", heads],
      ["context", `${config.maxPositionEmbeddings.toLocaleString("en-US")} tokens`],
      ["vocabulary", config.vocabSize.toLocaleString("en-US")],
      ["license", facts.license ?? "-"],
      ["chat template", facts.hasChatTemplate ? "in the file" : "none in the file"],
      ["tokenizer", describeTokenizer(facts.tokenizer)],
      ...(facts.proof === null ? [] : proofRows(facts.proof)),
    ];
    process.stdout.write(
      formatTable(
        [],
        rows.map(([key, value]) => [key!, safeForTerminal(value!)]),
      ),
    );
  },
});

/** Where the tokenizer is; a GGUF file holds its own. */
function describeTokenizer(kind: string | null): string {
  if (kind === null) return "none in the file";
  return kind === "gguf" ? "in the file" : kind;
}
