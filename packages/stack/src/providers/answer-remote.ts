import type { ServerResponse } from "node:http";
import { answered } from "../http/add-route.ts";
import type { AnyRoute, RouteRequest } from "../http/define-route.ts";
import { HttpError, toHttpError } from "../http/http-error.ts";
import { requestSignal } from "../http/request-signal.ts";
import { JsonBytes } from "../http/send.ts";
import { callAttributes } from "../observe/gen-ai.ts";
import type { Attributes } from "../observe/trace.ts";
import { usageIn } from "../observe/usage-in.ts";
import type { RouteServices } from "../routes/services.ts";
import type { Border } from "../shields/shield.ts";
import type { Operation } from "./operation.ts";
import { providerDataHeader, readProviderData } from "./provider-data.ts";
import type { RemoteModel } from "./remote-model.ts";

/** Routes whose work a provider does as it stands. */
const forwarded: Readonly<Record<string, Operation>> = {
  "POST /v1/chat/completions": "chat/completions",
  "POST /v1/completions": "completions",
  "POST /v1/embeddings": "embeddings",
};

/** Their names in traces. */
const operationNames: Readonly<Record<Operation, string>> = {
  "chat/completions": "chat",
  completions: "text_completion",
  embeddings: "embeddings",
};

type Body = Record<string, unknown> & { model: string };

/** The route, which hands requests for remote models to their providers. */
export function withRemote(route: AnyRoute): AnyRoute {
  const operation = forwarded[`${route.method} ${route.path}`];
  if (operation === undefined) return route;
  return {
    ...route,
    handle: async (request: RouteRequest<Body, undefined>, services) => {
      const remote = services.models.findRemote(request.body.model);
      // What is kept is made of our own words.
      if (remote === null || (operation === "chat/completions" && request.body["store"] === true))
        return route.handle(request, services);
      const guarded = guardedBorders(services);
      if (operation !== "embeddings" && guarded.length > 0) {
        // Shields judge what is made of our own words, too.
        if (operation === "chat/completions") return route.handle(request, services);
        throw new HttpError(
          400,
          `${remote.name} is computed by another server, whose completions the shields at ${guarded.join(" and ")} do not see; ask for a chat completion`,
          { param: "model", code: "unsupported_operation" },
        );
      }
      return answerRemote(request, services, { remote, operation });
    },
  };
}

/** Borders with shields, which bytes that are passed on would go around. */
const guardedBorders = ({ shields }: RouteServices): Border[] =>
  (["user_input", "model_output"] as const).filter((border) => shields.guard.rulesAt(border).length > 0);

/** Answers a request with what the providers of a model say. */
async function answerRemote(
  { body, context }: RouteRequest<Body, undefined>,
  { ended, onError }: RouteServices,
  { remote, operation }: { remote: RemoteModel; operation: Operation },
): Promise<Response | JsonBytes> {
  const { outgoing, trace } = context;
  const data = readProviderData(context.header(providerDataHeader));
  const { signal, forget } = requestSignal(outgoing, ended, { reused: true });
  const attributes = callAttributes(operationNames[operation], remote.name, "remote");
  const span = trace?.open(`${operationNames[operation]} ${remote.name}`, attributes, { kind: "client" });
  let failure: unknown;
  try {
    const reply = await remote.forward({ operation, body, data }, signal);
    attributes["gen_ai.provider.name"] = reply.provider;
    if (reply.type === "whole") {
      if (span) noteUsage(attributes, reply.json);
      return new JsonBytes(reply.json);
    }
    openEvents(outgoing);
    try {
      await reply.drain((text) => {
        if (span && text.includes('"usage":{')) noteUsage(attributes, text);
        return write(outgoing, text);
      });
    } catch (error) {
      failure = error;
      const mapped = toHttpError(error);
      if (mapped.status === 500) onError(error);
      outgoing.write(`data: ${JSON.stringify(mapped.body)}\n\n`);
    }
    outgoing.end();
    return answered;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    if (span) trace?.close(span, failure);
    forget();
  }
}

const noteUsage = (attributes: Attributes, json: string): void =>
  void Object.assign(attributes, usageIn(json));

function openEvents(outgoing: ServerResponse): void {
  outgoing.writeHead(200, {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    // Tells nginx not to collect the events.
    "X-Accel-Buffering": "no",
  });
}

/** A promise when the client has no room for more; it resolves when there is, or the client is gone. */
function write(outgoing: ServerResponse, text: string): Promise<void> | undefined {
  if (outgoing.destroyed || outgoing.write(text, "latin1")) return undefined;
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.on("drain", done);
    outgoing.on("close", done);
  });
}
