import {
  type FileObject,
  type FilePurpose,
  fileContentSchema,
  fileDeletedSchema,
  fileListSchema,
  fileSchema,
  listFilesQuerySchema,
  uploadFileSchema,
} from "../api/files.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import { discardUpload, type StoredUpload } from "../http/read-upload.ts";
import type { Store, StoredObject, StoreWrite } from "../store/store.ts";
import { getStored, listStored, newId, notFound, nowSeconds, toJson, toPage } from "./stored-objects.ts";

const kind = "file";
const common = { tag: "Files", level: "stable" } as const;

interface FileFields {
  filename: string;
  purpose: FilePurpose;
  secondsToLive?: number;
}

const newFileId = (): string => newId("file-");

/** A file and the writes that keep it; its bytes lie under its id. */
export function newFile(
  owner: string,
  bytes: Uint8Array,
  fields: FileFields,
): { file: FileObject; writes: StoreWrite[] } {
  const id = newFileId();
  return describe(owner, { id, sizeBytes: bytes.length, keep: { write: "putBytes", id, bytes } }, fields);
}

function describe(
  owner: string,
  { id, sizeBytes, keep }: Pick<StoredUpload, "id" | "sizeBytes" | "keep">,
  { filename, purpose, secondsToLive }: FileFields,
): { file: FileObject; writes: StoreWrite[] } {
  const created = nowSeconds();
  const file: FileObject = {
    id,
    object: "file",
    bytes: sizeBytes,
    created_at: created,
    expires_at: secondsToLive === undefined ? null : created + secondsToLive,
    filename,
    purpose,
    status: "processed",
  };
  return { file, writes: [keep, { write: "put", kind, id, owner, value: toJson(file) }] };
}

const toWire = ({ value }: StoredObject): FileObject => value as unknown as FileObject;

const isExpired = ({ expires_at: end }: FileObject): boolean => end !== null && end <= nowSeconds();

function deletion(id: string, owner: string): StoreWrite[] {
  return [
    { write: "delete", kind, id, owner },
    { write: "deleteBytes", id },
  ];
}

/** A file of an owner; one that has expired is deleted, and there is none then. */
export async function findFile(store: Store, id: string, owner: string): Promise<FileObject> {
  const file = toWire(await getStored(store, { kind, id, owner, what: "file" }));
  if (!isExpired(file)) return file;
  await store.write(...deletion(id, owner));
  throw notFound("file", id);
}

/** Bytes of a file of an owner. */
export async function readFile(store: Store, id: string, owner: string): Promise<Uint8Array> {
  await findFile(store, id, owner);
  const bytes = await store.getBytes(id);
  if (bytes === null) throw notFound("content of file", id);
  return bytes;
}

/** The last part of a path, without what no file system takes. */
function baseName(name: string): string {
  const base = name.split(/[/\\]/).at(-1)!;
  if (base === "" || base === "." || base === ".." || base.length > 255 || /\p{Cc}/u.test(base)) {
    throw new HttpError(400, "The file needs a name of 1 to 255 printable characters", { param: "file" });
  }
  return base;
}

/** Uploaded files. */
export const fileRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: "/v1/files",
    summary: "Upload a file",
    body: uploadFileSchema,
    form: true,
    upload: { newId: newFileId },
    response: fileSchema,
    async handle({ body, owner }, { store }) {
      const { purpose, expires_after: expiry } = body;
      const upload = body.file as StoredUpload;
      try {
        const { file, writes } = describe(owner, upload, {
          filename: baseName(upload.name),
          purpose,
          ...(expiry !== undefined && { secondsToLive: expiry.seconds }),
        });
        await store.write(...writes);
        return file;
      } catch (error) {
        await discardUpload(store, upload.id);
        throw error;
      }
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1/files",
    summary: "List files",
    query: listFilesQuerySchema,
    response: fileListSchema,
    async handle({ query: { purpose, ...query }, owner }, { store }) {
      const where = purpose === undefined ? {} : { purpose };
      const { items, hasMore } = await listStored(store, kind, { owner, query, where, defaultLimit: 10_000 });
      return toPage(
        items.map(toWire).filter((file) => !isExpired(file)),
        hasMore,
      );
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1/files/{file_id}",
    summary: "Get a file's description",
    response: fileSchema,
    handle: ({ params, owner }, { store }) => findFile(store, params["file_id"]!, owner),
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1/files/{file_id}/content",
    summary: "Get a file's content",
    response: fileContentSchema,
    contentType: "application/octet-stream",
    async handle({ params, owner }, { store }) {
      const id = params["file_id"]!;
      const { filename } = await findFile(store, id, owner);
      const bytes = await readFile(store, id, owner);
      return new Response(Uint8Array.from(bytes), {
        headers: {
          "Content-Type": "application/octet-stream",
          "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(filename)}`,
          "X-Content-Type-Options": "nosniff",
        },
      });
    },
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path: "/v1/files/{file_id}",
    summary: "Delete a file",
    response: fileDeletedSchema,
    async handle({ params, owner }, { store }) {
      const { id } = await findFile(store, params["file_id"]!, owner);
      await store.write(...deletion(id, owner));
      return { id, object: "file", deleted: true } as const;
    },
  }),
];
