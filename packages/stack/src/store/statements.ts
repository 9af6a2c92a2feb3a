import { randomUUID } from "node:crypto";
import type { Dialect, Statement, Unit } from "./database.ts";
import { partBytes } from "./migrations.ts";
import type { StoreWrite } from "./store.ts";

type Put = Extract<StoreWrite, { write: "put" }>;

/** Ids longer than this are refused. */
const maxIdLength = 1024;

/** Whether both databases can keep the text as a key: no NUL, no half of a surrogate pair, not endless. */
export function isStorableKey(text: string): boolean {
  return text.length <= maxIdLength && !text.includes("\0") && !/\p{Surrogate}/u.test(text);
}

function checkKeys(write: StoreWrite): void {
  const keys: readonly (readonly [string, string | undefined])[] = [
    ["id", "id" in write ? write.id : undefined],
    ["owner", "owner" in write ? write.owner : undefined],
    ["parent", "parent" in write ? write.parent : undefined],
  ];
  for (const [name, key] of keys) {
    if (key === undefined || isStorableKey(key)) continue;
    throw new RangeError(
      `Cannot store ${name} ${JSON.stringify(key.slice(0, 80))}: keys have at most ${maxIdLength} characters, no NUL ` +
        "and no unpaired surrogates",
    );
  }
}

/** A write as statements, and about how many bytes they carry. */
export function writeStatements(
  write: StoreWrite,
  dialect: Dialect,
  now: number,
): { unit: Unit; sizeBytes: number } {
  checkKeys(write);
  switch (write.write) {
    case "put":
      return put(write, dialect, now);
    case "delete":
      return single("delete from llamero_object where kind = ? and id = ? and owner = ?", [
        write.kind,
        write.id,
        write.owner,
      ]);
    case "deleteChildren":
      return single("delete from llamero_object where kind = ? and parent = ? and owner = ?", [
        write.kind,
        write.parent,
        write.owner,
      ]);
    case "putBytes":
      return putBytes(write.id, write.bytes);
    case "putPart":
      return putPart(write.id, write.stamp, write.part, write.bytes);
    case "completeParts":
      return {
        unit: [
          {
            sql: "update llamero_bytes set size = ? where id = ? and part = 0",
            params: [write.sizeBytes, write.id],
          },
        ],
        sizeBytes: 100,
      };
    case "deleteBytes":
      return single("delete from llamero_bytes where id = ?", [write.id]);
    default:
      throw write satisfies never;
  }
}

function single(sql: string, params: readonly string[]): { unit: Unit; sizeBytes: number } {
  return { unit: [{ sql, params }], sizeBytes: 100 };
}

function put(write: Put, dialect: Dialect, now: number): { unit: Unit; sizeBytes: number } {
  const { kind, id, owner, parent, ifVersion } = write;
  const text: string | undefined = JSON.stringify(write.value);
  if (text === undefined)
    throw new TypeError(`Cannot store ${kind} ${JSON.stringify(id)}: its value is not JSON`);
  const value = dialect.encodeJson(text);
  const key = { kind, id, owner };
  const sizeBytes = 100 + value.length;
  if (ifVersion === undefined || ifVersion === 0) {
    const onConflict =
      ifVersion === 0
        ? "do nothing"
        : `do update set version = llamero_object.version + 1, value = excluded.value${
            parent === undefined ? "" : ", parent = excluded.parent"
          }`;
    const sql =
      "insert into llamero_object (kind, id, owner, parent, created_at, version, value) values " +
      `(?, ?, ?, ?, ?, 1, ${dialect.jsonParameter}) on conflict (kind, id, owner) ${onConflict}`;
    const statement: Statement = { sql, params: [kind, id, owner, parent ?? "", now, value] };
    if (ifVersion === 0) statement.guard = { ...key, version: 0 };
    return { unit: [statement], sizeBytes };
  }
  if (!Number.isSafeInteger(ifVersion) || ifVersion < 0) {
    throw new RangeError(`ifVersion of ${kind} ${JSON.stringify(id)} is ${ifVersion}, not a version`);
  }
  const sql =
    `update llamero_object set version = version + 1, value = ${dialect.jsonParameter}` +
    `${parent === undefined ? "" : ", parent = ?"} where kind = ? and id = ? and owner = ? and version = ?`;
  const params = [value, ...(parent === undefined ? [] : [parent]), kind, id, owner, ifVersion];
  return { unit: [{ sql, params, guard: { ...key, version: ifVersion } }], sizeBytes };
}

/** The size of what is not complete. */
export const incompleteSize = -1;

/** The first part takes with it what was left lying for a day. */
function putPart(
  id: string,
  stamp: string,
  part: number,
  bytes: Uint8Array,
): { unit: Unit; sizeBytes: number } {
  if (bytes.length === 0 || bytes.length > partBytes) {
    throw new RangeError(`Part ${part} of ${id} has ${bytes.length} bytes; it must have 1 to ${partBytes}`);
  }
  const sql = "insert into llamero_bytes (id, part, stamp, size, data) values (?, ?, ?, ?, ?)";
  const insert: Statement = { sql, params: [id, part, stamp, incompleteSize, bytes] };
  const dayAgo = partStamp(Date.now() - 86_400_000);
  const sweep: Statement = {
    sql:
      "delete from llamero_bytes where id in " +
      "(select id from llamero_bytes where part = 0 and size = ? and stamp < ? and stamp like 'upload-%')",
    params: [incompleteSize, dayAgo],
  };
  return { unit: part === 0 ? [sweep, insert] : [insert], sizeBytes: 100 + bytes.length };
}

/** Stamp of a writing in parts; those begun later sort behind. */
export const partStamp = (since: number): string =>
  `upload-${String(since).padStart(15, "0")}-${randomUUID()}`;

function putBytes(id: string, bytes: Uint8Array): { unit: Unit; sizeBytes: number } {
  const stamp = randomUUID();
  const unit: Statement[] = [{ sql: "delete from llamero_bytes where id = ?", params: [id] }];
  // node:sqlite writes an empty blob as NULL, so that no bytes at all are one byte of which `size` takes none.
  const stored = bytes.length === 0 ? new Uint8Array(1) : bytes;
  for (let part = 0; part * partBytes < stored.length; part++) {
    const data = stored.subarray(part * partBytes, (part + 1) * partBytes);
    unit.push({
      sql: "insert into llamero_bytes (id, part, stamp, size, data) values (?, ?, ?, ?, ?)",
      params: [id, part, stamp, bytes.length, data],
    });
  }
  return { unit, sizeBytes: 100 + bytes.length };
}
