import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** What a fake server answers to one request. */
export interface FakeAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Never answers. */
  isSilent?: boolean;
}

export interface FakeOpenAi {
  url: string;
  requests: { path: string; headers: IncomingMessage["headers"]; body: Record<string, unknown> }[];
}

type Handle = (path: string, body: Record<string, unknown>, nth: number) => FakeAnswer;

/** A server on a free port that answers by rule; closed when the test ends. Tests only. */
export async function serveFakeOpenAi(t: TestContext, handle: Handle): Promise<FakeOpenAi> {
  const requests: FakeOpenAi["requests"] = [];
  const server = createServer(async (incoming, response) => {
    let text = "";
    for await (const chunk of incoming) text += String(chunk);
    const path = incoming.url!.replace(/^\/v1/, "");
    const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    requests.push({ path, headers: incoming.headers, body });
    const answer = handle(path, body, requests.length);
    if (answer.isSilent === true) return;
    response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, requests };
}

/** An echoed prompt whose words are tokens, each as likely as it is long. */
export function echoAnswer(prompt: string): unknown {
  const tokens = `${prompt} more`.match(/^\S+|\s+\S*/g)!;
  let offset = 0;
  const offsets = tokens.map((token) => {
    const at = offset;
    offset += [...token].length;
    return at;
  });
  const values = tokens.map((token, at) => (at === 0 ? null : -token.length));
  const logprobs = {
    tokens,
    token_logprobs: values,
    text_offset: offsets,
    top_logprobs: tokens.map((token, at) => (at === 0 ? null : { [token]: values[at], other: -4 })),
  };
  return { choices: [{ text: `${prompt} more`, logprobs }] };
}
