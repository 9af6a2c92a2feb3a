import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** A search engine of SearXNG's kind for one test. */
export async function fakeSearchEngine(
  t: TestContext,
  find: (query: string) => readonly { title: string; url: string; content: string }[],
): Promise<{ url: string }> {
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? "/", "http://engine").searchParams.get("q") ?? "";
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ results: find(query) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/search` };
}
