import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag } from "../flags.ts";
import { pullToStore } from "../model/pull-model.ts";
import { formatBytes } from "../terminal/human.ts";
import { printJson } from "../terminal/print-json.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<reference>",
  details: `A reference is hf:user/repo, hf:user/repo:Q4_K_M, hf:user/repo:file.gguf, hf:user/repo@revision, user/repo or
an https URL. Without a quantization: Q4_K_M, Q4_0 or Q8_0, else the whole safetensors model. An interrupted
download continues where it stopped. HF_TOKEN opens gated models, HF_ENDPOINT names a mirror.`,
  flags: { json: jsonFlag },
  examples: [
    "llamero pull hf:bartowski/Llama-3.2-1B-Instruct-GGUF",
    "llamero pull hf:bartowski/Llama-3.2-1B-Instruct-GGUF:Q8_0",
    "llamero pull https://example.org/model.gguf",
  ],
  async run([reference], { json }) {
    const model = await pullToStore(reference!);
    if (json)
      printJson({
        name: model.name,
        path: model.path,
        sizeBytes: model.sizeBytes,
        source: model.manifest?.source,
      });
    else {
      process.stderr.write(
        `Ready: ${formatBytes(model.sizeBytes)}. Try: llamero run ${model.name} "Hello"\n`,
      );
      process.stdout.write(`${model.name}\n`);
    }
  },
});
