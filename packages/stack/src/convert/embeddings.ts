import type { Embeddings, EmbedOptions } from "@llamero/core";
import type { EmbeddingEntry, EmbeddingsRequest } from "../api/embeddings.ts";
import { HttpError } from "../http/http-error.ts";

/** A request in the words of the text layer. */
export interface EmbedJob {
  texts: (string | number[])[];
  options: Required<Pick<EmbedOptions, "pooling">>;
}

/** Wire request -> what is embedded. */
export function toEmbedJob({ input, pooling }: EmbeddingsRequest): EmbedJob {
  const list = typeof input === "string" ? [input] : input;
  const isIds = (each: readonly unknown[]): each is number[] => typeof each[0] === "number";
  return { texts: isIds(list) ? [list] : list, options: { pooling: pooling ?? "mean" } };
}

/** Vectors -> wire entries in the encoding that was asked for. */
export function toEmbeddingEntries(
  { vectors }: Embeddings,
  { encoding_format: encoding, dimensions }: EmbeddingsRequest,
): EmbeddingEntry[] {
  const size = vectors[0]!.length;
  if (dimensions != null && dimensions !== size) {
    throw new HttpError(
      400,
      `The model's embeddings have ${size} dimensions; they cannot have ${dimensions}`,
      {
        param: "dimensions",
        code: "invalid_value",
      },
    );
  }
  return vectors.map((vector, index) => ({
    object: "embedding",
    index,
    embedding: encoding === "base64" ? toBase64(vector) : [...vector],
  }));
}

function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, i * 4);
  return bytes.toString("base64");
}
