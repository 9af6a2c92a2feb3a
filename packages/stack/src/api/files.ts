import { z } from "zod";
import { type Deleted, deletedSchema, type Page, type PageQuery, pageFields, pageSchema } from "./paging.ts";

export type FilePurpose =
  | "assistants"
  | "batch"
  | "batch_output"
  | "fine-tune"
  | "fine-tune-results"
  | "user_data"
  | "evals";

/** A file that was uploaded, or written by the server. */
export interface FileObject {
  id: string;
  object: "file";
  bytes: number;
  /** Seconds since 1970. */
  created_at: number;
  expires_at: number | null;
  filename: string;
  purpose: FilePurpose;
  status: "processed";
}

/** Fields of the form of `POST /v1/files`. */
export interface UploadFileForm {
  file: File;
  purpose: FilePurpose;
  expires_after?: { anchor: "created_at"; seconds: number } | undefined;
}

export interface ListFilesQuery extends PageQuery {
  purpose?: FilePurpose | undefined;
}

const uploadPurpose = z.enum(["assistants", "batch", "fine-tune", "user_data", "evals"], {
  error: "Purposes are assistants, batch, fine-tune, user_data and evals",
});
const purpose = z.enum([
  "assistants",
  "batch",
  "batch_output",
  "fine-tune",
  "fine-tune-results",
  "user_data",
  "evals",
]);

export const fileSchema: z.ZodType<FileObject> = z.strictObject({
  id: z.string(),
  object: z.literal("file"),
  bytes: z.int().min(0),
  created_at: z.int(),
  expires_at: z.int().nullable(),
  filename: z.string(),
  purpose,
  status: z.literal("processed"),
});

export const uploadFileSchema: z.ZodType<UploadFileForm> = z.strictObject({
  file: z.file({ error: "file must be a file" }),
  purpose: uploadPurpose,
  expires_after: z
    .strictObject({
      anchor: z.literal("created_at"),
      seconds: z
        .int()
        .min(3600)
        .max(30 * 86_400),
    })
    .optional(),
});

export const listFilesQuerySchema: z.ZodType<ListFilesQuery> = z.strictObject({
  ...pageFields,
  purpose: purpose.optional(),
});

export const fileListSchema: z.ZodType<Page<FileObject>> = pageSchema(fileSchema);

export const fileDeletedSchema: z.ZodType<Deleted<"file">> = deletedSchema("file");

/** Content goes out as the bytes that came in. */
export const fileContentSchema: z.ZodType<string> = z.string();
