import type { CommandDefinition } from "../define-command.ts";
import { tuneCommand } from "../train/tune.ts";

export const command: CommandDefinition = tuneCommand("sft", {
  details: `Each line of the data is a conversation, {"messages": [...]} in the form of OpenAI with calls of tools and their results, or
{"prompt", "completion"}. What the assistant says is learned, with the token that ends it; a message with trainable: false is
not. Settings come from a recipe in YAML, from flags and from key=value words (docs/fine-tuning.md). The result is OUT/model, a
Hugging Face folder, or with --lora OUT/adapter and OUT/adapter.gguf, which run and serve take with --lora. An interrupted or
killed run goes on from its last checkpoint with --resume.`,
  examples: [
    "llamero train sft --model SmolLM2-135M-Instruct --data chat.jsonl --lora rank=8 --out runs/mine",
    "llamero train sft --model runs/base/model --data chat.jsonl --out runs/chat epochs=3 learningRate=2e-4",
    "llamero train sft tune.yaml --dry-run",
  ],
});
