import type { CommandDefinition } from "../define-command.ts";
import { tuneCommand } from "../train/tune.ts";

export const command: CommandDefinition = tuneCommand("dpo", {
  details: `Each line of the data is a pair: {"prompt", "chosen", "rejected"} as texts or as messages, or chosen and rejected as whole
conversations that begin alike. The model learns to prefer the chosen answer over what it did before (Rafailov et al. 2023),
as in the Llama 3 paper: beta 0.1, tokens of headers and ends masked in both answers, and the likelihood of the chosen one
with weight 0.2. Settings come from a recipe in YAML, from flags and from key=value words (docs/fine-tuning.md). The result is
as that of train sft.`,
  examples: [
    "llamero train dpo --model SmolLM2-135M-Instruct --data pairs.jsonl --lora rank=8 --out runs/preferred",
    "llamero train dpo --model runs/chat/model --data pairs.jsonl --out runs/dpo beta=0.2 batch.pairs=32",
  ],
});
