import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { type OpenStreamOptions, openStream } from "./open-stream.ts";
import { type AnswerHead, ResponseParser } from "./response-parser.ts";

interface Parsed {
  heads: AnswerHead[];
  body: string;
  isOver: boolean;
  isReusable: boolean;
}

/** What a parser makes of bytes that come in parts of so many, before the connection ends. */
function parse(text: string, partBytes: number): Parsed {
  const parsed: Parsed = { heads: [], body: "", isOver: false, isReusable: false };
  const parser = new ResponseParser({
    onHead: (head) => parsed.heads.push(head),
    onBytes: (bytes) => {
      parsed.body += bytes.toString("latin1");
    },
    onEnd: () => {
      parsed.isOver = true;
    },
  });
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += partBytes) parser.push(bytes.subarray(at, at + partBytes));
  if (!parsed.isOver) parser.close();
  return { ...parsed, isReusable: parser.isReusable };
}

test("ResponseParser reads the same however the bytes are cut", () => {
  const cases: [text: string, body: string, isOver: boolean, isReusable: boolean][] = [
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab\r\nc", "ab\r\nc", true, true],
    ["HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n", "", true, true],
    ["HTTP/1.1 204 No Content\r\n\r\n", "", true, true],
    [
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
      "abc0123456789",
      true,
      true,
    ],
    ["HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end", true, false],
    ["HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "a", true, false],
    ["HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\na", "a", true, false],
    ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", true, false],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "ab", false, true],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "ab", false, true],
  ];
  for (const [text, body, isOver, isReusable] of cases) {
    for (const partBytes of [1, 2, 7, text.length]) {
      const parsed = parse(text, partBytes);
      assert.deepEqual(
        { ...parsed, heads: parsed.heads.length },
        { heads: 1, body, isOver, isReusable },
        text,
      );
    }
  }
  const [head] = parse("HTTP/1.1 200 OK\r\nX-A:  1 \r\nx-a: 2\r\n\r\n", 3).heads;
  assert.deepEqual({ ...head!.headers }, { "x-a": "1, 2" });
  // A second answer that nobody asked for.
  const twice = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na";
  assert.equal(parse(twice + twice, 1000).isReusable, false);
});

test("ResponseParser refuses what is no answer", () => {
  const cases: [text: string, why: RegExp][] = [
    ["SSH-2.0-x\r\n\r\n", /does not answer in HTTP/],
    ["HTTP/1.1 200 OK\r\n folded\r\n\r\n", /header .* malformed/],
    ["HTTP/1.1 200 OK\r\nA : b\r\n\r\n", /header .* malformed/],
    ["HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n", /header .* malformed/],
    ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", /length .* no number/],
    ["HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", /length .* no number/],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", /unknown transfer coding/],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", /no size/],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", /longer than it says/],
    ["HTTP/1.1 101 Switching\r\n\r\n", /changes the protocol/],
    [`HTTP/1.1 200 OK\r\nA: ${"b".repeat(70_000)}`, /too long/],
  ];
  for (const [text, why] of cases) assert.throws(() => parse(text, 1000), why, text.slice(0, 60));
});

/** A server that does with each request what it is told, one after the other. */
async function serve(
  t: TestContext,
  ...behaviors: ((socket: Socket, request: string) => void)[]
): Promise<{ url: URL; requests: string[]; sockets: Socket[] }> {
  const [requests, sockets]: [string[], Socket[]] = [[], []];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      requests.push(bytes.toString("latin1"));
      behaviors.shift()?.(socket, requests.at(-1)!);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { url: new URL(`http://127.0.0.1:${port}/v1/x?y=1`), requests, sockets };
}

const options = (more: Partial<OpenStreamOptions> = {}): OpenStreamOptions => ({
  purpose: "test",
  method: "POST",
  headers: { "x-a": "b" },
  body: '{"é":1}',
  contentType: "application/json",
  headersTimeoutMs: 5000,
  idleTimeoutMs: 5000,
  signal: new AbortController().signal,
  ...more,
});

const whole = (text: string, more = ""): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n${more}\r\n${text}`;

test("openStream asks over one connection as long as both sides keep it", async (t) => {
  const { url, requests, sockets } = await serve(
    t,
    (socket) => socket.write(whole("one")),
    (socket) => socket.write(whole("two", "Connection: close\r\n")),
    (socket) => socket.write(whole("three", "Keep-Alive: timeout=1\r\n")),
    (socket) => socket.write(`${whole("four")}HTTP/1.1 200 OK\r\n\r\nunasked`),
    (socket) => socket.end(whole("five")),
  );
  const numOpened: number[] = [];
  for (const expected of ["one", "two", "three", "four", "five"]) {
    const answer = await openStream(url, options());
    assert.equal(String(await answer.read(100)), expected);
    numOpened.push(sockets.length);
  }
  assert.deepEqual(numOpened, [1, 1, 2, 3, 4]);
  assert.equal(
    requests[0],
    `POST /v1/x?y=1 HTTP/1.1\r\nhost: ${url.host}\r\nx-a: b\r\ncontent-type: application/json\r\ncontent-length: 8\r\n\r\n{"Ã©":1}`,
  );
});

test("openStream refuses headers that would be more than one, and answers that are too long or cut", async (t) => {
  const { url } = await serve(
    t,
    (socket) => socket.write(whole("x".repeat(101))),
    (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
    (socket) => socket.end(),
    (socket) => socket.write("no HTTP at all\r\n\r\n"),
  );
  await assert.rejects(openStream(url, options({ headers: { "x-a": "b\r\nc: d" } })), /Invalid character/);
  await assert.rejects((await openStream(url, options())).read(100), /longer than/);
  await assert.rejects((await openStream(url, options())).read(100), /in the middle of its answer/);
  await assert.rejects(
    openStream(url, options()),
    /Request to http:.* failed: It closed the connection without/,
  );
  await assert.rejects(openStream(url, options()), /does not answer in HTTP/);
});

test("Answer reads no further than its sink has room", async (t) => {
  const size = 8 * 2 ** 20;
  const { url, sockets } = await serve(t, (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    socket.write(Buffer.alloc(size));
  });
  const answer = await openStream(url, options());
  let numBytes = 0;
  let go = (): void => {};
  const blocked = new Promise<void>((resolve) => {
    go = resolve;
  });
  const drained = answer.drain((chunk) => {
    numBytes += chunk.length;
    return numBytes === chunk.length ? blocked : undefined;
  });
  // What the system's buffers take, and no more: the other side comes to a stop.
  for (let before = -1; sockets[0]!.bytesWritten - sockets[0]!.writableLength !== before; ) {
    before = sockets[0]!.bytesWritten - sockets[0]!.writableLength;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(numBytes < size / 2, String(numBytes));
  go();
  await drained;
  assert.equal(numBytes, size);
});
