import { createHash } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { homeFolder } from "@llamero/core/hub/store";
import type { Shields } from "@llamero/stack/shields";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { openGenerator } from "../eval/open-generator.ts";
import { jsonFlag, modelFlags, numberFlag, switchFlag, textFlag } from "../flags.ts";
import { reportDegradations } from "../model/open-model.ts";
import { loadConfig } from "../serve/load-config.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";

const count = (flags: string, description: string, value: number, min = 1) =>
  numberFlag(flags, description, value, { min, max: 100_000, isInteger: true });

export const command: CommandDefinition = defineCommand({
  arguments: "[model]",
  details: `Attacks a model with requests in eight languages, encodings, roles, split requests, many shots, instructions in results of
tools and questions for its system prompt, and asks harmless things as well; each without shields and with them. The model is one of this
machine, the embedded one by default, or the URL of a server up to and including /v1, with #NAME for one of its models. Answers are kept,
so that the same command goes on where it was stopped. Without --judge an answer that is no refusal counts as a success of the attack.`,
  flags: {
    ...modelFlags,
    attacks: count("--attacks <n>", "how many of the attacks are made", 60),
    tokens: count("--max-tokens <n>", "length of an answer", 96),
    config: textFlag(
      "--config <file>",
      "shields and policy of a server, in YAML (default: those of a server of Cria)",
    ),
    judge: textFlag(
      "--judge <shield>",
      "shield of the configuration that calls answers unsafe, such as one of Llama Guard",
    ),
    report: textFlag("--report <file>", "page to write, in HTML"),
    apiKey: textFlag("--api-key <key>", "key for the server"),
    fresh: switchFlag("--fresh", "ask everything again"),
    json: jsonFlag,
  },
  examples: [
    "llamero redteam --attacks 100 --report risk.html",
    "llamero redteam http://127.0.0.1:8321/v1#fake --json",
  ],
  async run([name = "cria"], values) {
    const { embeddedPolicy, openShields } = await import("@llamero/stack/shields");
    const { formatRiskCard, makeRiskCard, reportPage, runRedteam } = await import("@llamero/stack/redteam");
    const signal = interruptSignal();
    const config = values.config === null ? {} : await loadConfig(values.config);
    const workFolder = join(homeFolder(), "redteam");
    await using opened = await openGenerator(
      name,
      { ...values, batch: 1 },
      { apiKey: values.apiKey, workFolder },
    );
    const { generator } = opened;
    reportDegradations(generator.degraded);
    let shields: Shields | null = null;
    try {
      shields = openShields(
        {
          settings: config.shields,
          policy: config.policy ?? embeddedPolicy,
        },
        {
          findModel: (model) => {
            throw new UsageError(
              `The shields need the model ${model}, which no server here serves`,
              "Name shields without a model in the configuration",
            );
          },
        },
      );
      await shields.open();
      const judge = values.judge === null ? null : shields.find(values.judge);
      if (values.judge !== null && judge === null) throw new UsageError(`There is no shield ${values.judge}`);
      const { guard } = shields;
      const key = createHash("sha256")
        .update(
          JSON.stringify([
            generator.identity,
            guard.policy,
            values.judge,
            values.tokens,
            config.shields ?? null,
          ]),
        )
        .digest("hex");
      const journal = join(workFolder, `${key.slice(0, 16)}.jsonl`);
      if (values.fresh) await rm(journal, { force: true });
      let numDone = 0;
      try {
        const outcomes = await runRedteam({
          numAttacks: values.attacks,
          guard,
          judge: judge?.shield ?? null,
          signal,
          journal,
          ask: async (messages, abort) => {
            const { text } = await generator.generate({
              prompt: {
                kind: "chat",
                messages: messages.map(({ role, content }) => toMessage(role, content)),
              },
              maxTokens: values.tokens,
              temperature: 0,
              topP: 1,
              seed: 0,
              stop: [],
              signal: abort,
            });
            return text;
          },
          onOutcome: (_, done, all) => {
            numDone = done;
            if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done} of ${all} prompts`);
          },
        });
        if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
        const card = makeRiskCard(outcomes, {
          model: generator.identity.model,
          judge: values.judge ?? "refusal words and markers",
          shields: Object.fromEntries(
            Object.entries(guard.policy.borders).map(([border, rules]) => [
              border,
              (rules ?? []).map((rule) => `${rule.shields.join(", ")}: ${rule.onHit}`).join("; "),
            ]),
          ),
        });
        if (values.report !== null) {
          const part = `${values.report}.part`;
          await writeFile(part, reportPage(card, outcomes));
          await rename(part, values.report);
          process.stderr.write(`Report: ${values.report}\n`);
        }
        if (values.json) printJson(card);
        else process.stdout.write(formatRiskCard(card));
        return exitCodes.ok;
      } catch (error) {
        if (!signal.aborted) throw error;
        process.stderr.write(
          `\nInterrupted: ${numDone} prompts are kept; the same command goes on from there\n`,
        );
        return exitCodes.interrupted;
      }
    } finally {
      await shields?.close();
    }
  },
});

/** Results of tools reach models that never called one as what a user shows. */
function toMessage(role: "system" | "user" | "assistant" | "tool", content: string) {
  if (role === "assistant") return { role, content } as const;
  if (role === "tool") return { role: "user", content: `The tool said:\n${content}` } as const;
  return { role, content } as const;
}
