import type { Checkpoint } from "@llamero/core";
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
  arguments: "<file>",
  details: "Reads GGUF, safetensors, Hugging Face folders and Meta releases. Weights are not loaded.",
  flags: { json: jsonFlag, tensors: switchFlag("--tensors", "list every tensor") },
  examples: [
    "llamero inspect model.gguf",
    "llamero inspect model.gguf --tensors",
    "llamero inspect ./folder --json",
  ],
  async run([text], { json, tensors: listTensors }) {
    const { path } = await resolveLocal(text!);
    const { readProof, tensorSizeBytes } = await import("@llamero/core");
    const checkpoint = await openAny(path);
    const proof = readProof(checkpoint.metadata);
    const tensors = [...checkpoint.tensors.values()];
    const formats = countFormats(tensors, tensorSizeBytes);
    const list = tensors.map(({ name, format, shape, data }) => ({
      name,
      format,
      shape,
      sizeBytes: tensorSizeBytes(data),
    }));
    if (json) {
      printJson({
        path: checkpoint.path,
        kind: checkpoint.kind,
        name: checkpoint.name,
        sizeBytes: checkpoint.sizeBytes,
        numTensors: tensors.length,
        numWeights: totalWeights(tensors),
        config: checkpoint.config,
        ropeLayout: checkpoint.ropeLayout,
        formats,
        metadata: checkpoint.metadata,
        tokenizer: checkpoint.tokenizer?.kind ?? null,
        hasChatTemplate: checkpoint.chatTemplate !== null,
        proof,
        ...(listTensors ? { tensors: list } : {}),
      });
      return;
    }
    const metadata = flatten(checkpoint.metadata).map(([key, value]) => [key, shorten(value)]);
    process.stdout.write(
      `${checkpoint.path}: ${checkpoint.kind}, ${formatBytes(checkpoint.sizeBytes)}, ` +
        `${tensors.length} tensors, ${totalWeights(tensors).toLocaleString("en-US")} weights\n\n`,
    );
    process.stdout.write(`${formatTable(["METADATA", "VALUE"], metadata)}\n`);
    if (proof !== null) process.stdout.write(`${formatTable(["PROOF", ""], proofRows(proof))}\n`);
    const formatRows = formats.map((count) => [
      count.format,
      String(count.numTensors),
      count.numWeights.toLocaleString("en-US"),
      formatBytes(count.sizeBytes),
      ((count.sizeBytes * 8) / count.numWeights).toFixed(2),
    ]);
    process.stdout.write(
      formatTable(["FORMAT", "TENSORS", "WEIGHTS", "SIZE", "BITS/WEIGHT"], formatRows, [1, 2, 3, 4]),
    );
    if (!listTensors) return;
    const rows = list.map((tensor) => [
      tensor.name,
      tensor.format,
      tensor.shape.join(" x "),
      formatBytes(tensor.sizeBytes),
    ]);
    process.stdout.write(`\n${formatTable(["TENSOR", "FORMAT", "SHAPE", "SIZE"], rows, [3])}`);
  },
});

/** What a file says; `config` and the like are null for a GGUF that holds no Llama. */
type FileFacts = Pick<
  Checkpoint,
  "path" | "kind" | "name" | "sizeBytes" | "metadata" | "tensors" | "chatTemplate"
> & {
  [K in "config" | "ropeLayout" | "tokenizer"]: Checkpoint[K] | null;
};

async function openAny(path: string): Promise<FileFacts> {
  const { FormatError, openCheckpoint, readGguf } = await import("@llamero/core");
  try {
    return openCheckpoint(path);
  } catch (error) {
    if (!(error instanceof FormatError) || !path.endsWith(".gguf")) throw error;
    const { sizeBytes, metadata, tensors } = readGguf(path);
    process.stderr.write(`Note: not a Llama model that can run: ${error.message}\n`);
    const values = Object.fromEntries([...metadata].map(([key, { value }]) => [key, value]));
    const nothing = { config: null, ropeLayout: null, tokenizer: null, chatTemplate: null };
    return {
      path,
      kind: "gguf",
      name: String(values["general.name"] ?? ""),
      sizeBytes,
      metadata: values,
      tensors,
      ...nothing,
    };
  }
}

/** Nested objects as dotted keys. */
function flatten(record: Readonly<Record<string, unknown>>, prefix = ""): [key: string, value: unknown][] {
  return Object.entries(record).flatMap(([key, value]): [string, unknown][] => {
    const isNested =
      typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
    return isNested
      ? flatten(value as Record<string, unknown>, `${prefix}${key}.`)
      : [[`${prefix}${key}`, value]];
  });
}

function shorten(value: unknown): string {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = Array.from(value as ArrayLike<unknown>);
    const shown = items.slice(0, 4).map(shorten).join(", ");
    return items.length <= 4 ? `[${shown}]` : `[${shown}, …] (${items.length.toLocaleString("en-US")})`;
  }
  const text = safeForTerminal(typeof value === "string" ? value.replaceAll("\n", "⏎") : String(value));
  return text.length <= 70 ? text : `${text.slice(0, 60)}… (${text.length} characters)`;
}
