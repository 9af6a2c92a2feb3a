import type { AnyRoute } from "../http/define-route.ts";
import { createChatCompletion } from "./chat-completions.ts";
import { createEmbeddings } from "./embeddings.ts";
import { healthRoutes } from "./health.ts";
import { inspectionRoutes } from "./inspect.ts";
import { modelRoutes } from "./models.ts";
import { openApiRoute } from "./openapi.ts";
import { rerankRoutes } from "./rerank.ts";
import { responsesRoutes } from "./responses.ts";
import { storedChatRoutes } from "./stored-chat.ts";

/** Everything that the server answers to. Where two paths fit a request, the earlier one takes it. */
export const allRoutes: readonly AnyRoute[] = [
  openApiRoute,
  ...healthRoutes,
  ...inspectionRoutes,
  ...modelRoutes,
  createChatCompletion,
  ...storedChatRoutes,
  ...responsesRoutes,
  createEmbeddings,
  ...rerankRoutes,
];
