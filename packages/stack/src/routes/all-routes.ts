import type { AnyRoute } from "../http/define-route.ts";
import { adapterRoutes } from "./adapters.ts";
import { agentRoutes } from "./agents.ts";
import { anthropicRoutes } from "./anthropic.ts";
import { arenaRoutes } from "./arena.ts";
import { batchRoutes } from "./batches.ts";
import { createChatCompletion } from "./chat-completions.ts";
import { createCompletion } from "./completions.ts";
import { connectorRoutes } from "./connectors.ts";
import { conversationRoutes } from "./conversations.ts";
import { datasetRoutes } from "./datasets.ts";
import { createEmbeddings } from "./embeddings.ts";
import { evalJobRoutes } from "./eval-jobs.ts";
import { feedbackRoutes } from "./feedback.ts";
import { fileProcessorRoutes } from "./file-processors.ts";
import { fileRoutes } from "./files.ts";
import { healthRoutes } from "./health.ts";
import { inspectionRoutes } from "./inspect.ts";
import { keyRoutes } from "./keys.ts";
import { modelRoutes } from "./models.ts";
import { moderationRoutes } from "./moderations.ts";
import { ollamaRoutes } from "./ollama.ts";
import { openApiRoute } from "./openapi.ts";
import { postTrainingRoutes } from "./post-training.ts";
import { promptRoutes } from "./prompts.ts";
import { benchmarkRoutes } from "./registry.ts";
import { replayRoutes } from "./replay.ts";
import { rerankRoutes } from "./rerank.ts";
import { responsesRoutes } from "./responses.ts";
import { rewardScoringRoutes } from "./reward-scoring.ts";
import { scoringRoutes } from "./scoring.ts";
import { serverStatusRoute } from "./server-status.ts";
import { shieldRoutes } from "./shields.ts";
import { storedChatRoutes } from "./stored-chat.ts";
import { storedModelRoutes } from "./stored-models.ts";
import { syntheticDataRoutes } from "./synthetic-data.ts";
import { tokenizeRoute } from "./tokenize.ts";
import { toolRoutes } from "./tools.ts";
import { traceRoutes } from "./traces.ts";
import { vectorStoreRoutes } from "./vector-stores.ts";

/** Everything that the server answers to. Where two paths fit a request, the earlier one takes it. */
export const allRoutes: readonly AnyRoute[] = [
  openApiRoute,
  ...healthRoutes,
  ...inspectionRoutes,
  ...modelRoutes,
  createChatCompletion,
  ...storedChatRoutes,
  ...responsesRoutes,
  createCompletion,
  createEmbeddings,
  ...rerankRoutes,
  ...fileRoutes,
  ...vectorStoreRoutes,
  ...batchRoutes,
  ...postTrainingRoutes,
  ...evalJobRoutes,
  ...syntheticDataRoutes,
  ...rewardScoringRoutes,
  ...promptRoutes,
  ...conversationRoutes,
  ...toolRoutes,
  ...agentRoutes,
  ...shieldRoutes,
  ...moderationRoutes,
  ...benchmarkRoutes,
  ...datasetRoutes,
  ...scoringRoutes,
  ...arenaRoutes,
  ...feedbackRoutes,
  ...replayRoutes,
  ...adapterRoutes,
  ...storedModelRoutes,
  tokenizeRoute,
  serverStatusRoute,
  ...traceRoutes,
  ...keyRoutes,
  ...fileProcessorRoutes,
  ...connectorRoutes,
  ...anthropicRoutes,
  ...ollamaRoutes,
];
