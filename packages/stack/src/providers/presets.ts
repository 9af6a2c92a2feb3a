import type { Preset } from "./preset.ts";

/** Sampling settings that OpenAI has no names for. */
const samplingExtras = ["top_k", "min_p", "repetition_penalty"];

const local = { auth: "bearer", needsKey: false, listsModels: true } as const;
const hosted = { auth: "bearer", needsKey: true, listsModels: true } as const;

/** Name of a preset. */
export type PresetName =
  | "openai-compatible"
  | "vllm"
  | "tensorrt-llm"
  | "ollama"
  | "llama-server"
  | "groq"
  | "together"
  | "fireworks"
  | "nvidia"
  | "databricks"
  | "azure"
  | "bedrock"
  | "vertex"
  | "openrouter"
  | "openai";

/** The kinds of servers that `remote::openai` knows; a new one is a new row. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  "openai-compatible": {
    ...local,
    url: null,
    urlForm: "http://HOST:PORT/v1",
    unsupported: [],
    source: "https://platform.openai.com/docs/api-reference",
  },
  vllm: {
    ...local,
    url: "http://localhost:8000/v1",
    unsupported: [],
    source: "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
  },
  "tensorrt-llm": {
    ...local,
    url: "http://localhost:8000/v1",
    unsupported: [],
    source: "https://nvidia.github.io/TensorRT-LLM/commands/trtllm-serve.html",
  },
  ollama: {
    ...local,
    url: "http://localhost:11434/v1",
    unsupported: [...samplingExtras, "logit_bias", "n"],
    source: "https://docs.ollama.com/api/openai-compatibility",
  },
  "llama-server": {
    ...local,
    url: "http://localhost:8080/v1",
    // It calls this one repeat_penalty.
    unsupported: ["repetition_penalty"],
    source: "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
  },
  groq: {
    ...hosted,
    url: "https://api.groq.com/openai/v1",
    operations: ["chat/completions"],
    unsupported: [...samplingExtras, "logprobs", "top_logprobs", "logit_bias", "n"],
    source: "https://console.groq.com/docs/openai",
  },
  together: {
    ...hosted,
    url: "https://api.together.xyz/v1",
    unsupported: [],
    source: "https://docs.together.ai/docs/openai-api-compatibility",
  },
  fireworks: {
    ...hosted,
    url: "https://api.fireworks.ai/inference/v1",
    modelPrefix: "accounts/fireworks/models/",
    unsupported: [],
    source: "https://docs.fireworks.ai/tools-sdks/openai-compatibility",
  },
  nvidia: {
    ...hosted,
    url: "https://integrate.api.nvidia.com/v1",
    unsupported: samplingExtras,
    source: "https://docs.api.nvidia.com/nim/reference/llm-apis",
  },
  databricks: {
    ...hosted,
    url: null,
    urlForm: "https://WORKSPACE/serving-endpoints",
    listsModels: false,
    unsupported: ["min_p", "repetition_penalty"],
    source: "https://docs.databricks.com/aws/en/machine-learning/model-serving/score-foundation-models",
  },
  azure: {
    ...hosted,
    url: null,
    urlForm: "https://RESOURCE.openai.azure.com/openai/deployments/{model}",
    auth: "api-key",
    query: { "api-version": "2024-10-21" },
    listsModels: false,
    unsupported: samplingExtras,
    source: "https://learn.microsoft.com/azure/ai-services/openai/reference",
  },
  bedrock: {
    ...hosted,
    url: null,
    urlForm: "https://bedrock-runtime.REGION.amazonaws.com/openai/v1",
    operations: ["chat/completions"],
    listsModels: false,
    unsupported: samplingExtras,
    source: "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions.html",
  },
  vertex: {
    ...hosted,
    url: null,
    urlForm:
      "https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION/endpoints/openapi",
    modelPrefix: "meta/",
    operations: ["chat/completions"],
    listsModels: false,
    unsupported: samplingExtras,
    source: "https://cloud.google.com/vertex-ai/generative-ai/docs/maas/call-open-model-apis",
  },
  openrouter: {
    ...hosted,
    url: "https://openrouter.ai/api/v1",
    unsupported: [],
    source: "https://openrouter.ai/docs/api-reference/overview",
  },
  openai: {
    ...hosted,
    url: "https://api.openai.com/v1",
    unsupported: samplingExtras,
    source: "https://platform.openai.com/docs/api-reference/chat",
  },
};
