import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { spawnServer } from "./fake-serve-process.ts";

/** A TCP socket of a process, as the kernel lists it. */
interface Socket {
  local: number;
  remote: string;
  remotePort: number;
  state: string;
}

/** TCP sockets that a process and its children hold; the kernel's word, not the program's. */
function socketsOf(pid: number): Socket[] {
  const inodes = new Set<string>();
  for (const each of [pid, ...childrenOf(pid)]) {
    try {
      for (const fd of readdirSync(`/proc/${each}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${each}/fd/${fd}`))?.[1];
        if (inode !== undefined) inodes.add(inode);
      }
    } catch {
      // It ended, or the file was closed meanwhile.
    }
  }
  return ["tcp", "tcp6", "udp", "udp6"].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => inodes.has(fields[9] ?? ""))
      .map(([, local, remote, state]) => ({
        local: Number.parseInt(local!.split(":")[1]!, 16),
        remote: remote!.split(":")[0]!,
        remotePort: Number.parseInt(remote!.split(":")[1]!, 16),
        state: state!,
      })),
  );
}

function childrenOf(pid: number): number[] {
  try {
    const direct = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
    return direct.flatMap((each) => [Number(each), ...childrenOf(Number(each))]);
  } catch {
    return [];
  }
}

const collector = (t: { after(fn: () => void): void }) =>
  new Promise<{ port: number; numRequests: () => number }>((resolve) => {
    let numRequests = 0;
    const server = createServer((_, outgoing) => {
      numRequests++;
      outgoing.end("{}");
    });
    t.after(() => void server.close());
    server.listen(0, "127.0.0.1", () =>
      resolve({ port: (server.address() as AddressInfo).port, numRequests: () => numRequests }),
    );
  });

async function run(
  t: { after(fn: () => void): void },
  { upstream, isOffline }: { upstream: number; isOffline: boolean },
): Promise<{ outgoing: Socket[]; port: number; statuses: number[] }> {
  const home = mkdtempSync(join(tmpdir(), "llamero-offline-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const config = join(home, "config.yaml");
  const base = `http://127.0.0.1:${upstream}/v1`;
  writeFileSync(
    config,
    `traces: { otlp_endpoint: "http://127.0.0.1:${upstream}" }\nproviders:\n  - { id: far, type: "remote::openai", url: "${base}", models: [m] }\n`,
  );
  const words = ["--config", config, "--store", ":memory:", ...(isOffline ? ["--offline"] : [])];
  const { child, url } = await spawnServer(words, { LLAMERO_HOME: home, LLAMERO_OFFLINE: "" });
  t.after(() => child.kill("SIGKILL"));
  const port = Number(new URL(url).port);
  const seen = new Map<string, Socket>();
  const watch = setInterval(() => {
    for (const socket of socketsOf(child.pid!)) seen.set(JSON.stringify(socket), socket);
  }, 2);
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++) {
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ model: "far/m", messages: [{ role: "user", content: "hi" }] }),
    });
    statuses.push(answer.status);
    await answer.text();
  }
  // The exporter sends each second.
  await new Promise((done) => setTimeout(done, 2500));
  clearInterval(watch);
  child.kill("SIGTERM");
  const outgoing = [...seen.values()].filter(
    ({ local, remotePort, state }) => remotePort !== 0 && local !== port && state !== "0A",
  );
  return { outgoing, port, statuses };
}

test("llamero serve --offline opens no socket but its own, where the same server without it does", {
  skip: process.platform !== "linux" && "needs Linux: /proc tells the sockets of a process",
}, async (t) => {
  const far = await collector(t);
  const offline = await run(t, { upstream: far.port, isOffline: true });
  assert.deepEqual(offline.outgoing, []);
  assert.equal(far.numRequests(), 0);
  assert.ok(
    offline.statuses.every((status) => status >= 500),
    String(offline.statuses),
  );
  // The watch is not blind: the same without --offline is seen.
  const online = await run(t, { upstream: far.port, isOffline: false });
  assert.ok(online.outgoing.some(({ remotePort }) => remotePort === far.port));
  assert.ok(far.numRequests() > 0);
});
