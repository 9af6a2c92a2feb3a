import { chunkText } from "@llamero/core/retrieval/chunk-text";
import {
  type ProcessFileAnswer,
  processFileAnswerSchema,
  processFileSchema,
} from "../api/file-processors.ts";
import { type GivenChunking, givenChunkingSchema } from "../api/vector-stores.ts";
import { checkValue } from "../http/check-value.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import { processFile } from "../rag/processors/process-file.ts";
import { type Processed, UnsupportedFileError } from "../rag/processors/processed.ts";
import { chunkingOf } from "../vectors/records.ts";
import { findFile, readFile } from "./files.ts";
import { newId } from "./stored-objects.ts";

function toStrategy(text: string | undefined): GivenChunking | null {
  if (text === undefined || text === "") return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HttpError(400, "chunking_strategy is not JSON", { param: "chunking_strategy" });
  }
  return checkValue(givenChunkingSchema, value);
}

async function read(bytes: Uint8Array, filename: string): Promise<Processed> {
  try {
    return await processFile(bytes, filename);
  } catch (error) {
    if (!(error instanceof UnsupportedFileError)) throw error;
    throw new HttpError(400, error.message, { param: "file", code: "unsupported_file" });
  }
}

/** The whole text is one chunk where no strategy cuts it. */
function toAnswer(
  processed: Processed,
  filename: string,
  fileId: string,
  strategy: GivenChunking | null,
): Omit<ProcessFileAnswer, "metadata"> {
  const { max_chunk_size_tokens: maxTokens, chunk_overlap_tokens: overlapTokens } =
    chunkingOf(strategy).static;
  const all = Math.max(1, processed.text.length);
  const { text, sections } = processed;
  const limits = strategy === null ? { maxTokens: all, overlapTokens: 0 } : { maxTokens, overlapTokens };
  const spans = chunkText(text, limits).filter(({ start, end }) => text.slice(start, end).trim() !== "");
  return {
    chunks: spans.map(({ start, end, numTokens }, index) => {
      const id = `${fileId}-${index}`;
      const above = sections.filter((each) => each.start < end && each.end > start);
      return {
        chunk_id: id,
        content: text.slice(start, end),
        metadata: {
          document_id: fileId,
          filename,
          sections: above.map(({ kind, title }) => `${kind} ${title}`),
        },
        chunk_metadata: {
          chunk_id: id,
          document_id: fileId,
          source: filename,
          chunk_window: `${start}-${end}`,
          chunk_tokenizer: "estimate",
          content_token_count: numTokens,
        },
      };
    }),
  };
}

/** `POST /v1alpha/file-processors/process`: what vector stores would read of a file. */
export const fileProcessorRoutes: readonly AnyRoute[] = [
  defineRoute({
    method: "POST",
    path: "/v1alpha/file-processors/process",
    tag: "File Processors",
    level: "experimental",
    summary: "Read the text of a file and cut it into chunks",
    body: processFileSchema,
    form: true,
    response: processFileAnswerSchema,
    async handle({ body, owner }, { store }) {
      const { file, file_id: id, chunking_strategy: strategy } = body;
      if ((file === undefined) === (id === undefined)) {
        throw new HttpError(400, "Give either file or file_id", { param: "file" });
      }
      const chunking = toStrategy(strategy);
      const start = performance.now();
      const filename = file?.name ?? (await findFile(store, id!, owner)).filename;
      const bytes = file === undefined ? await readFile(store, id!, owner) : await file.arrayBuffer();
      const processed = await read(new Uint8Array(bytes), filename);
      const numPages = processed.sections.filter(({ kind }) => kind === "page").length;
      return {
        ...toAnswer(processed, filename, id ?? newId("file-"), chunking),
        metadata: {
          filename,
          media_type: processed.mediaType,
          title: processed.title,
          ...(numPages > 0 && { page_count: numPages }),
          processing_time_ms: Math.round(performance.now() - start),
        },
      };
    },
  }),
];
