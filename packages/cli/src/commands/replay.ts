import type { ReplayResult } from "@llamero/stack/api/replay";
import { type CommandDefinition, defineCommand, type Values } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { jsonFlag, modelFlags, textFlag } from "../flags.ts";
import { askJson, findServer, placeFlags } from "../round/server-or-store.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { findModel } from "../train/tune.ts";

const flags = {
  ...placeFlags,
  file: textFlag(
    "--file <path>",
    "with --store: file or folder of the model (default: the one of this name)",
  ),
  threads: modelFlags.threads,
  json: jsonFlag,
};

export const command: CommandDefinition = defineCommand({
  arguments: "<id>",
  details: `Computes a stored chat completion or response again, from what was kept with it: messages, tools, sampling with its seed,
adapter and mode. Says at which token it first differs, and exits with 1 where it does. Only a server in deterministic mode
(llamero serve --mode deterministic) promises the same tokens whatever else ran. With --store the model runs in this process,
in the mode of the answer.`,
  flags,
  examples: [
    "llamero replay chatcmpl-0123456789abcdef",
    "llamero replay resp_0123456789abcdef --server http://127.0.0.1:8321",
    "llamero replay chatcmpl-0123456789abcdef --store ~/.llamero/store.db",
  ],
  async run([id], values) {
    if (values.store !== null && values.server !== null)
      throw new UsageError("--server and --store exclude each other: a running server has its store open");
    const result =
      values.store === null
        ? await askJson<ReplayResult>(await findServer(values), "POST", "/v1alpha/replays", { id: id! })
        : await replayHere(id!, values.store, values);
    if (values.json) printJson(result);
    else process.stdout.write(`${describe(result)}\n`);
    return result.identical ? exitCodes.ok : exitCodes.fault;
  },
});

async function replayHere(id: string, where: string, values: Values<typeof flags>): Promise<ReplayResult> {
  const [{ loadModel }, { openStore }, { readReplay, readServed, replayAnswer }] = await Promise.all([
    import("@llamero/core"),
    import("@llamero/stack/config"),
    import("@llamero/stack/round"),
  ]);
  const store = await openStore(where);
  try {
    const record = await readReplay(store, id, "local");
    if (record === null) throw new UsageError(`${where} has no answer ${id} that can be repeated`);
    const adapter = record.generations[0]?.options.adapter;
    const base = adapter === undefined ? record.model : record.model.replace(`:${adapter}`, "");
    const { served } = await readServed(store, base);
    const known = [served.current, ...served.history].find((each) => each?.name === adapter);
    if (adapter !== undefined && known == null)
      throw new UsageError(`The store does not know the adapter ${adapter}; ask the server that has it`);
    const mode = record.mode === "deterministic" || record.mode === "exact" ? record.mode : "fast";
    await using model = await loadModel(await findModel(values.file ?? base, process.cwd()), {
      mode,
      ...(values.threads !== null && { threads: values.threads }),
      ...(known != null && { adapters: { [known.name]: known.path } }),
    });
    return await replayAnswer(id, record, model, interruptSignal());
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

function describe({
  id,
  identical,
  num_tokens,
  first_difference: first,
  mode,
  changed,
}: ReplayResult): string {
  const lines =
    identical || first === null
      ? [`${id}: the same ${num_tokens} tokens, in mode ${mode}`]
      : [
          `${id}: differs at token ${first.token}${first.generation === 0 ? "" : ` of generation ${first.generation + 1}`}: ${first.expected ?? "the end"} was ${first.got ?? "the end"} this time`,
          ...(mode === "deterministic" ? [] : [`Mode ${mode} does not promise the same tokens`]),
        ];
  return [...lines, ...changed].join("\n");
}
