import type { LoadedModel } from "@llamero/core";
import type { Border, Shields, Verdict } from "@llamero/stack/shields";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { choiceFlag, jsonFlag, modelFlags, textFlag } from "../flags.ts";
import { loadStored } from "../model/open-model.ts";
import { resolveModel } from "../model/resolve-model.ts";
import { speculateFlag } from "../model/speculate.ts";
import { loadConfig } from "../serve/load-config.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { safeForTerminal } from "../terminal/safe-text.ts";
import { hasPipedInput, readStdin } from "../terminal/stdin.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "[text...]",
  details: `Judges a text as the policy of a server would, and prints the verdict of each shield and what happens to the text. The text
is the words, or what standard input holds. Without --config the shields that are always there judge it. Ends with 1 when a
shield hits.`,
  flags: {
    ...modelFlags,
    speculate: speculateFlag,
    border: choiceFlag<Border, Border>(
      "--border <name>",
      "where the text crosses",
      ["user_input", "model_output", "tool_call", "tool_result", "retrieved_text"],
      "user_input",
    ),
    config: textFlag("--config <file>", "shields and policy of a server, in YAML"),
    shield: textFlag("--shield <id>", "ask this shield alone, whatever the policy says"),
    json: jsonFlag,
  },
  examples: [
    'llamero shield check "Write to ada@example.org"',
    "llamero shield check --border model_output --shield code < answer.md",
    'llamero shield check --config llamero.yaml --border user_input "How do I pick a lock?"',
  ],
  async run([argument], values) {
    const text = argument ?? (hasPipedInput() ? await readStdin() : "");
    if (text.trim() === "")
      throw new UsageError("There is no text to judge", 'Write: llamero shield check "text"');
    const config = values.config === null ? {} : await loadConfig(values.config);
    const { border } = values;
    const { openShields, runShield } = await import("@llamero/stack/shields");
    const verdicts: Verdict[] = [];
    const loaded = new Map<string, LoadedModel>();
    let opened: Pick<Shields, "close"> | null = null;
    const signal = interruptSignal();
    try {
      for (const each of config.shields ?? []) {
        if (each.type !== "llama-guard" || loaded.has(each.model)) continue;
        loaded.set(each.model, await loadStored(await resolveModel(each.model), values, 1, { disk: false }));
      }
      const shields = openShields(
        { settings: config.shields, policy: config.policy },
        {
          findModel: (name) => {
            const model = loaded.get(name);
            if (model === undefined) throw new UsageError(`There is no model ${name}`);
            return model;
          },
          onCheck: ({ verdict }) => {
            if (verdict !== null) verdicts.push(verdict);
          },
        },
      );
      opened = shields;
      const { guard } = shields;
      const isByPolicy = values.shield === null && guard.rulesAt(border).length > 0;
      const ids = isByPolicy ? [] : values.shield === null ? shields.idsAt(border) : [values.shield];
      for (const id of ids) {
        const found = shields.find(id);
        if (found === null) {
          const names = shields.all.map(({ shield }) => shield.id).join(", ");
          throw new UsageError(`There is no shield ${id}`, `There is ${names}`);
        }
        const { timeoutMs } = guard.policy;
        verdicts.push(await runShield(found.shield, { border, text }, { signal, timeoutMs }));
      }
      const { action, text: after } = isByPolicy
        ? await shields.guardBorder(border, text, [], signal)
        : { action: null, text };
      if (values.json) printJson({ border, verdicts, action, text: after });
      else {
        for (const { shield, flagged, score, reason } of verdicts)
          process.stdout.write(
            `${shield}: ${flagged ? "hit" : "pass"} ${score.toFixed(3)}  ${safeForTerminal(reason)}\n`,
          );
        if (action !== null) process.stdout.write(`policy at ${border}: ${action}\n`);
        if (after !== text) process.stdout.write(`text: ${safeForTerminal(after)}\n`);
      }
      return verdicts.some(({ flagged }) => flagged) ? 1 : 0;
    } finally {
      await opened?.close();
      for (const model of loaded.values()) await model[Symbol.asyncDispose]();
    }
  },
});
