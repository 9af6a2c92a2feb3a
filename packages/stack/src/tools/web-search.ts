import { request } from "@llamero/core/net/request";
import { z } from "zod";
import type { Json } from "../api/json.ts";
import type { Tool, ToolResult } from "./tool.ts";

/** How a search engine is asked; `url` is for engines of one's own. */
export interface SearchSettings {
  engine: SearchEngineName;
  url?: string | undefined;
  api_key?: string | undefined;
  max_results?: number | undefined;
}

export type SearchEngineName = "searxng" | "brave" | "tavily";

/** A page that was found. */
export interface SearchHit {
  title: string;
  url: string;
  text: string;
}

interface SearchEngine {
  /** Where it is by default; null where everybody has one of their own. */
  url: string | null;
  needsKey: boolean;
  send(
    query: string,
    num: number,
    key: string,
  ): { query?: Record<string, string>; headers?: Record<string, string>; body?: Json };
  /** Path to the list in its answer, and the fields of each. */
  list: readonly string[];
  fields: { title: string; url: string; text: string };
}

/** One row for each engine. */
const engines: Readonly<Record<SearchEngineName, SearchEngine>> = {
  searxng: {
    url: null,
    needsKey: false,
    send: (q) => ({ query: { q, format: "json" } }),
    list: ["results"],
    fields: { title: "title", url: "url", text: "content" },
  },
  brave: {
    url: "https://api.search.brave.com/res/v1/web/search",
    needsKey: true,
    send: (q, num, key) => ({ query: { q, count: String(num) }, headers: { "x-subscription-token": key } }),
    list: ["web", "results"],
    fields: { title: "title", url: "url", text: "description" },
  },
  tavily: {
    url: "https://api.tavily.com/search",
    needsKey: true,
    send: (query, num, key) => ({
      headers: { authorization: `Bearer ${key}` },
      body: { query, max_results: num },
    }),
    list: ["results"],
    fields: { title: "title", url: "url", text: "content" },
  },
};

/** Schema of the settings of a search engine. */
export const searchSettingsSchema: z.ZodType<SearchSettings> = z
  .strictObject({
    engine: z.enum(["searxng", "brave", "tavily"]),
    url: z.url({ protocol: /^https?$/, error: "An address begins with http:// or https://" }).optional(),
    api_key: z.string().optional(),
    max_results: z.int().min(1).max(20).optional(),
  })
  .refine(({ engine, url }) => url !== undefined || engines[engine].url !== null, "This engine needs its url")
  .refine(
    ({ engine, api_key: key }) => key !== undefined || !engines[engine].needsKey,
    "This engine needs an api_key",
  );

const maxAnswerBytes = 2 * 2 ** 20;
const maxHitLength = 1500;

/** Searches the web through the engine of the configuration. */
export function webSearchTool(settings: SearchSettings): Tool {
  return {
    name: "web_search",
    description: "Search the web. Returns titles, addresses and extracts of pages.",
    parameters: {
      type: "object",
      properties: { query: { type: "string", description: "What to search for" } },
      required: ["query"],
    },
    group: "builtin::websearch",
    needsApproval: false,
    untrusted: true,
    run: (args, { signal }) => search(settings, String(args["query"] ?? ""), signal),
  };
}

async function search(settings: SearchSettings, query: string, signal: AbortSignal): Promise<ToolResult> {
  if (query.trim() === "") return { text: "The query is empty; give query", failed: true };
  const { engine: name, max_results: num = 5 } = settings;
  try {
    const hits = await findPages(settings, query, signal);
    const text = hits.slice(0, num).map(({ title, url, text }) => `${title}\n${url}\n${text}`);
    return {
      text: text.length === 0 ? `Nothing was found for ${query}` : text.join("\n\n"),
      failed: false,
      sources: hits.slice(0, num).map(({ title, url, text }) => ({ id: url, title, text })),
    };
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return {
      text: `The web search through ${name} failed: ${reason}`,
      failed: true,
      canRetry: /failed:|HTTP (429|5)/.test(reason),
    };
  }
}

async function findPages(settings: SearchSettings, query: string, signal: AbortSignal): Promise<SearchHit[]> {
  const { engine: name, api_key: key = "", max_results: num = 5 } = settings;
  const engine = engines[name];
  const { query: params = {}, headers = {}, body } = engine.send(query, num, key);
  const url = new URL(settings.url ?? engine.url!);
  for (const [field, value] of Object.entries(params)) url.searchParams.set(field, value);
  const response = await request(url, {
    purpose: "web search",
    access: "public-after-redirect",
    headers: {
      accept: "application/json",
      ...headers,
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    headersTimeoutMs: 15_000,
    signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
  });
  if (!response.ok) {
    await response.body?.cancel();
    const hint = response.status === 401 || response.status === 403 ? "; check tools.web_search.api_key" : "";
    throw new Error(`HTTP ${response.status}${hint}`);
  }
  let value = JSON.parse(await readLimited(response, maxAnswerBytes)) as Json | undefined;
  for (const step of engine.list) value = (value as Record<string, Json> | null | undefined)?.[step];
  if (!Array.isArray(value)) throw new Error(`the answer has no ${engine.list.join(".")}`);
  const { fields } = engine;
  return value.map((each) => {
    const row = (each ?? {}) as Record<string, Json>;
    const of = (field: string): string => String(row[field] ?? "").slice(0, maxHitLength);
    return { title: of(fields.title), url: of(fields.url), text: of(fields.text) };
  });
}

async function readLimited(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let numBytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    numBytes += chunk.length;
    if (numBytes > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
