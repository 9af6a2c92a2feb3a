import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const seconds = Number(process.env["LLAMERO_WEDGE_SECONDS"] ?? 180);
const numConnections = 64;
const modelFile = fileURLToPath(new URL("../../cli/model/cria.gguf", import.meta.url));

interface Wedged {
  url: string;
  child: ChildProcess;
  faults: () => string;
}

async function serve(t: TestContext): Promise<Wedged> {
  const entry = fileURLToPath(new URL("./fake-wedge-server.ts", import.meta.url));
  const flags = ["--expose-gc", "--conditions=@llamero/source", "--import", import.meta.resolve("tsx")];
  const child = spawn(process.execPath, [...flags, entry, modelFile], { stdio: ["pipe", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.on("data", (bytes) => {
    stderr += String(bytes);
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (bytes) => resolve(String(bytes).trim()));
    child.once("exit", () => reject(new Error(stderr)));
  });
  return { url, child, faults: () => stderr };
}

interface Held {
  fds: number;
  memoryMb: number;
  kvUsed: number;
  running: number;
  openRequests: number;
}

async function measure({ url, child }: Wedged): Promise<Held> {
  child.kill("SIGUSR2");
  await sleep(500);
  const text = await (await fetch(`${url}/metrics`, { headers: { Connection: "close" } })).text();
  const metric = (name: string): number =>
    Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text)![1]);
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return {
    fds: readdirSync(`/proc/${child.pid}/fd`).length,
    memoryMb: Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) / 1024,
    kvUsed: metric("llamero_kv_blocks_used"),
    running: metric("llamero_queue_running") + metric("llamero_queue_waiting"),
    openRequests: metric("llamero_open_requests"),
  };
}

const random = (max: number): number => Math.floor(Math.random() * max);

const body = (fields: object): string =>
  JSON.stringify({
    model: "cria",
    messages: [{ role: "user", content: `Tell me about ${random(1000)} llamas.` }],
    ...fields,
  });

const head = (length: number, path = "/v1/chat/completions"): string =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

/** A raw connection that nobody minds; ends after a while if the server does not end it. */
async function raw(url: string, play: (socket: Socket) => Promise<void>): Promise<void> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => {});
  await new Promise((done) => socket.once("connect", done).once("close", done));
  try {
    await play(socket);
  } finally {
    socket.destroy();
  }
}

const post = (url: string, text: string, signal?: AbortSignal): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: text,
    ...(signal && { signal }),
  });

type Action = (url: string) => Promise<void>;

const actions: Readonly<Record<string, Action>> = {
  async whole(url) {
    const answer = await post(url, body({ max_tokens: 8 }));
    assert.ok([200, 429, 503].includes(answer.status), String(answer.status));
    await answer.text();
  },
  async stream(url) {
    const answer = await post(url, body({ max_tokens: 8, stream: true }));
    const text = await answer.text();
    if (answer.status === 200) assert.match(text, /\[DONE\]/);
  },
  async abort(url) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), random(400));
    await post(url, body({ max_tokens: 200, stream: random(2) === 0 }), abort.signal)
      .then((answer) => answer.text())
      .catch(() => {});
    clearTimeout(timer);
  },
  async malformed(url) {
    const bodies = ['{"model":', "[]", '{"model":"cria","messages":7}', "\ud800", `${"[".repeat(50_000)}`];
    const answer = await post(url, bodies[random(bodies.length)]!);
    assert.equal(answer.status, 400);
    await answer.text();
  },
  noHttp: (url) =>
    raw(url, async (socket) => {
      socket.write(["GET\r\n\r\n", "\0\0\0\0\r\n\r\n", "POST / HTTP/9.9\r\n\r\n"][random(3)]!);
      await sleep(random(300));
    }),
  halfHead: (url) =>
    raw(url, async (socket) => {
      socket.write("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ");
      await sleep(random(8000));
    }),
  halfBody: (url) =>
    raw(url, async (socket) => {
      socket.write(head(5000) + body({}).slice(0, 60));
      await sleep(random(12_000));
    }),
  upload: (url) =>
    raw(url, async (socket) => {
      socket.write(
        "POST /v1/files HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n" +
          'Content-Length: 9000000\r\n\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n',
      );
      for (let sent = 0; sent < 10 && !socket.destroyed; sent++) {
        socket.write("a".repeat(50_000));
        await sleep(random(50));
      }
    }),
  slowReader: (url) =>
    raw(url, async (socket) => {
      const text = body({ max_tokens: 100, stream: true });
      socket.pause();
      socket.write(head(Buffer.byteLength(text)) + text);
      for (let i = 0; i < 10 && !socket.destroyed; i++) {
        socket.read(64);
        await sleep(random(800));
      }
    }),
  response: async (url) => {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), random(1500));
    await fetch(`${url}/v1/responses`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ model: "cria", input: "Hi", max_output_tokens: 16, stream: true }),
      signal: abort.signal,
    })
      .then((answer) => answer.text())
      .catch(() => {});
    clearTimeout(timer);
  },
};

test(`64 connections that abort, stall and send nonsense for ${seconds} s leave nothing behind`, {
  timeout: (seconds + 1800) * 1000,
}, async (t) => {
  const wedged = await serve(t);
  const { url } = wedged;
  const names = Object.keys(actions);
  const counts: Record<string, number> = {};
  const run = async (forMs: number): Promise<void> => {
    const end = performance.now() + forMs;
    await Promise.all(
      Array.from({ length: numConnections }, async () => {
        while (performance.now() < end) {
          const name = names[random(names.length)]!;
          await actions[name]!(url);
          counts[name] = (counts[name] ?? 0) + 1;
        }
      }),
    );
  };
  const settle = async (): Promise<Held> => {
    let held = await measure(wedged);
    for (let i = 0; i < 600 && (held.running > 0 || held.openRequests > 1); i++) {
      await sleep(500);
      held = await measure(wedged);
    }
    return held;
  };
  // The first round fills caches and pools, which stay.
  await run(Math.min(20_000, seconds * 250));
  const before = await settle();
  await run(seconds * 1000);
  const after = await settle();
  t.diagnostic(JSON.stringify({ counts, before, after }));
  const answers = await Promise.all(
    Array.from({ length: numConnections }, async () => (await post(url, body({ max_tokens: 4 }))).json()),
  );
  for (const answer of answers) assert.equal((answer as { object: string }).object, "chat.completion");
  assert.equal(wedged.faults(), "");
  assert.equal(after.running, 0);
  assert.equal(after.openRequests, 1, "beside the reading itself an answer is under way");
  assert.equal(after.kvUsed, before.kvUsed, "KV blocks are held");
  assert.ok(after.fds <= before.fds + 4, `${after.fds} file descriptors, before ${before.fds}`);
  assert.ok(
    after.memoryMb <= before.memoryMb * 1.2 + 40,
    `${after.memoryMb} MB of memory, before ${before.memoryMb}`,
  );
});
