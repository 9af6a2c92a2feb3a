import { replayRequestSchema, replayResultSchema } from "../api/replay.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { runRequest } from "../http/run-request.ts";
import { readReplay, replayAnswer } from "../round/replay.ts";
import { notFound } from "./stored-objects.ts";

/** Stored answers, computed again. */
export const replayRoutes: readonly AnyRoute[] = [
  defineRoute({
    method: "POST",
    path: "/v1alpha/replays",
    tag: "Replay",
    level: "experimental",
    summary: "Compute a stored answer again and say where it first differs",
    body: replayRequestSchema,
    response: replayResultSchema,
    async handle({ body: { id }, owner, context }, { store, models, ended }) {
      const record = await readReplay(store, id, owner);
      if (record === null) throw notFound("stored answer that can be repeated", id, "id");
      await models.open(record.model);
      const { model } = models.find(record.model);
      return await runRequest(context, { ended, param: "id" }, (signal) =>
        replayAnswer(id, record, model, signal),
      );
    },
  }),
];
