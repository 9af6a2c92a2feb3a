import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openStream } from "./open-stream.ts";

/** Asks twice over HTTPS in a process that trusts a certificate more, and prints the answers. */
const child = `
const { openStream } = await import(${JSON.stringify(new URL("./open-stream.ts", import.meta.url).href)});
for (const text of ["one", "two"]) {
  const answer = await openStream(new URL(process.argv[1]), {
    purpose: "test", method: "POST", headers: {}, body: text,
    headersTimeoutMs: 60000, idleTimeoutMs: 60000, signal: new AbortController().signal,
  });
  process.stdout.write(String(await answer.read(100)) + "\\n");
}`;

test("openStream speaks TLS to servers whose certificates are trusted, over one connection", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-tls-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost";
  const names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert];
  try {
    execFileSync("openssl", [...words.split(" "), ...names], { stdio: "ignore" });
  } catch {
    return t.skip("needs the openssl command");
  }
  let numConnections = 0;
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (incoming, outgoing) => {
    incoming.on("data", (body) => outgoing.end(`${body} ${incoming.headers.host}`));
  });
  server.on("secureConnection", () => numConnections++);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  await assert.rejects(
    openStream(new URL(`https://localhost:${port}/`), {
      purpose: "test",
      method: "GET",
      headers: {},
      headersTimeoutMs: 60_000,
      idleTimeoutMs: 60_000,
      signal: new AbortController().signal,
    }),
    /self-signed certificate/,
  );
  assert.equal(numConnections, 0);
  const register = new URL("../../../../tools/typescript/register.mjs", import.meta.url).href;
  for (const host of ["localhost", "127.0.0.1"]) {
    numConnections = 0;
    const flags = ["--conditions=@llamero/source", "--import", register, "--input-type=module", "-e", child];
    const asking = spawn(process.execPath, [...flags, `https://${host}:${port}/`], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_EXTRA_CA_CERTS: cert },
    });
    let said = "";
    asking.stdout.on("data", (text) => {
      said += text;
    });
    const code = await new Promise((resolve) => asking.on("close", resolve));
    assert.deepEqual([code, said], [0, `one ${host}:${port}\ntwo ${host}:${port}\n`]);
    assert.equal(numConnections, 1);
  }
});
