import type { SamplingParams, TokenLogprob } from "@llamero/core";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, modeFlag, modelFlags } from "../flags.ts";
import { openEngine } from "../model/open-model.ts";
import { checkIds, readIdsFile } from "../model/read-ids.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";

const topCount = 20;

/** What the model expects after the ids up to a position; `next` is the id that really follows. */
interface Position {
  position: number;
  next: { id: number; logprob: number } | null;
  top: { id: number; logprob: number }[];
}

export const command: CommandDefinition = defineCommand({
  arguments: "<model>",
  details: `Teacher-forced: at each position the model sees the given ids up to there, and its ${topCount} most likely next tokens
are printed with natural log-probabilities. The last position predicts what would follow all of them.`,
  flags: {
    ...modelFlags,
    mode: modeFlag("exact"),
    promptIds: {
      flags: "--prompt-ids <file>",
      description: "token ids (- for standard input)",
      env: null,
      parse: (text: string) => text,
      fallback: null as string | null,
    },
    json: jsonFlag,
  },
  examples: ["llamero logits model.gguf --prompt-ids ids.json --json"],
  async run([name], values) {
    if (values.promptIds === null)
      throw new UsageError("logits needs --prompt-ids FILE", "See: llamero tokenize --json");
    const ids = await readIdsFile(values.promptIds);
    if (ids.length === 0) throw new UsageError("There are no token ids to score");
    // One more than the ids: the last position draws a token.
    const context = values.context ?? ids.length + 1;
    await using opened = await openEngine(name!, { ...values, context }, 1);
    const { stored, engine } = opened;
    checkIds(ids, opened.checkpoint.config.vocabSize);
    const signal = interruptSignal();
    const scored = ids.length > 1 ? await engine.score(ids, { topLogprobs: topCount, signal }) : [];
    const positions: Position[] = scored.map(({ token, logprob, top }, position) => ({
      position,
      next: { id: token, logprob },
      top: top.map(toCandidate),
    }));
    const last: Position = { position: ids.length - 1, next: null, top: [] };
    const sampling: SamplingParams = { ...(await import("@llamero/core")).defaultSampling, temperature: 0 };
    const request = { promptIds: ids, maxTokens: 1, sampling, stopIds: [], topLogprobs: topCount, signal };
    for await (const event of engine.generate(request)) {
      if (event.type === "token") last.top = event.top.map(toCandidate);
    }
    positions.push(last);
    if (values.json) {
      const { backend, mode, degraded } = engine.info();
      printJson({ model: stored.name, ids, positions, backend, mode, degraded });
      return;
    }
    const rows = positions.map(({ position, next, top }) => [
      String(position),
      next === null ? "-" : `${next.id} (${next.logprob.toFixed(3)})`,
      top
        .slice(0, 5)
        .map(({ id, logprob }) => `${id} (${logprob.toFixed(3)})`)
        .join("  "),
    ]);
    process.stdout.write(formatTable(["POSITION", "NEXT", "MOST LIKELY"], rows, [0]));
  },
});

const toCandidate = ({ token, logprob }: TokenLogprob): { id: number; logprob: number } => ({
  id: token,
  logprob,
});
