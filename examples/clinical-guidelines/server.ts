import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { GuidelineAssistant } from "./assistant.ts";

const maxBodyBytes = 16 * 1024;

/** The page and its one route, on this machine only. */
export async function startServer(
  assistant: GuidelineAssistant,
  port: number,
): Promise<AsyncDisposable & { origin: string }> {
  const server = createServer((request, response) => {
    route(assistant, request, response).catch((error: unknown) => {
      if (!response.headersSent)
        answerJson(response, 500, { error: error instanceof Error ? error.message : String(error) });
    });
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function route(
  assistant: GuidelineAssistant,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  if (pathname === "/" && request.method === "GET") {
    const page = readFileSync(new URL("page.html", import.meta.url));
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
    return;
  }
  if (pathname !== "/ask" || request.method !== "POST")
    return answerJson(response, 404, { error: "Not here" });
  // Pages of strangers cannot set it without asking first.
  if (request.headers["content-type"] !== "application/json")
    return answerJson(response, 415, { error: "JSON only" });
  const question = await readQuestion(request);
  if (question === null)
    return answerJson(response, 400, { error: 'Send {"question": "..."} of at most 16 KiB' });
  const closing = new AbortController();
  response.once("close", () => closing.abort());
  answerJson(response, 200, await assistant.ask(question, closing.signal));
}

async function readQuestion(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > maxBodyBytes) return null;
    parts.push(part as Buffer);
  }
  try {
    const { question } = JSON.parse(Buffer.concat(parts).toString()) as { question?: unknown };
    return typeof question === "string" && question.trim() !== "" ? question.trim() : null;
  } catch {
    return null;
  }
}

function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
