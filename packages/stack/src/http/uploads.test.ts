import assert from "node:assert/strict";
import { request } from "node:http";
import { test } from "node:test";
import { serveFake } from "../fake-server.ts";
import { until } from "../jobs/fake-jobs.ts";
import { openStore } from "../store/open-store.ts";
import type { Store, StoreWrite } from "../store/store.ts";
import { boundaryOf, type FormEvent, MultipartParser } from "./multipart.ts";

const parts = [
  '--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n',
  '--x\r\nContent-Disposition: form-data; name="file"; filename="a%22b.txt"\r\nContent-Type: text/plain\r\n\r\n',
  "one\r\n--xtwo\r\n--\r\n-\r\n\r\n",
  "\r\n--x\r\nContent-Disposition: form-data; name=empty\r\n\r\n\r\n--x--\r\nafter it",
];
// The content may hold what only looks like a boundary.
const body = Buffer.from(parts.join("").replace("--xtwo", "--ytwo"));

function parse(bytes: Buffer, size: number): FormEvent[] {
  const parser = new MultipartParser("x");
  const events: FormEvent[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    for (const event of parser.push(bytes.subarray(at, at + size))) {
      const last = events.at(-1);
      if (event.type === "data" && last?.type === "data")
        last.bytes = Buffer.concat([last.bytes, event.bytes]);
      else events.push(event);
    }
  }
  parser.end();
  return events;
}

test("MultipartParser gives the same however the body is cut", () => {
  const whole = parse(body, body.length);
  assert.deepEqual(whole, [
    { type: "field", name: "purpose", value: "batch" },
    { type: "file", name: "file", filename: 'a"b.txt' },
    { type: "data", bytes: Buffer.from("one\r\n--ytwo\r\n--\r\n-\r\n\r\n") },
    { type: "file-end" },
    { type: "field", name: "empty", value: "" },
  ]);
  for (let size = 1; size < 40; size++) assert.deepEqual(parse(body, size), whole, String(size));
  assert.throws(() => parse(body.subarray(0, -20), 7), /end is missing/);
  assert.equal(boundaryOf('multipart/form-data; charset=utf-8; boundary="a b"'), "a b");
});

/** A store that tells how large the largest write was. */
function watched(store: Store): { store: Store; sizes: number[] } {
  const sizes: number[] = [];
  const sizeOf = (write: StoreWrite): number => ("bytes" in write ? write.bytes.length : 0);
  const proxy = new Proxy(store, {
    get(target, name) {
      if (name === "write") {
        return (...writes: StoreWrite[]) => {
          sizes.push(...writes.map(sizeOf));
          return target.write(...writes);
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { store: proxy, sizes };
}

test("uploads go into the store in parts, whole or not at all", async (t) => {
  const real = await openStore(":memory:");
  t.after(() => real[Symbol.asyncDispose]());
  const { store, sizes } = watched(real);
  const { server, client } = await serveFake(t, {}, { store });
  const bytes = Buffer.from(Uint8Array.from({ length: 5 * 2 ** 20 + 17 }, (_, index) => index % 251));
  for (let at = 0; at < bytes.length; at += 4099) bytes[at] = at % 256;
  const made = await client.files.create({ file: new File([bytes], "big.bin"), purpose: "user_data" });
  assert.equal(made.bytes, bytes.length);
  assert.deepEqual(
    sizes.filter((size) => size > 0),
    [2 ** 20, 2 ** 20, 2 ** 20, 2 ** 20, 2 ** 20, 17],
  );
  const back = Buffer.from(await (await client.files.content(made.id)).arrayBuffer());
  assert.ok(back.equals(bytes));
  const none = await client.files.create({ file: new File([], "none.txt"), purpose: "user_data" });
  assert.equal((await (await client.files.content(none.id)).arrayBuffer()).byteLength, 0);
  // Refused only when its file is in the store already, or cut off.
  const deleted: string[] = [];
  const begun = new Set<string>();
  const write = real.write.bind(real);
  real.write = (...writes) => {
    for (const each of writes) {
      if (each.write === "putPart") begun.add(each.id);
      if (each.write === "deleteBytes") deleted.push(each.id);
    }
    return write(...writes);
  };
  const refused = client.files.create({ file: new File([bytes], ".."), purpose: "user_data" });
  await assert.rejects(refused, /1 to 255 printable characters/);
  await assert.rejects(
    client.files.create({ file: new File([bytes], "a"), purpose: "evil" as "batch" }),
    /Purposes/,
  );
  const headers = { "Content-Type": "multipart/form-data; boundary=x", "Content-Length": "9000000" };
  const cut = request(`${server.url}/v1/files`, { method: "POST", headers });
  cut.on("error", () => {});
  cut.write('--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n');
  cut.write(bytes);
  await until(() => begun.size === 3);
  cut.destroy();
  await until(() => deleted.length >= 3);
  assert.equal(deleted.length, 3);
  for (const id of deleted) assert.equal(await real.getBytes(id), null);
  assert.equal((await client.files.list()).data.length, 2);
});
