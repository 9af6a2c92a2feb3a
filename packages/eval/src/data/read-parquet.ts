import type { Row } from "../task.ts";

/** Records of a Parquet file; 64-bit integers as numbers, times as ISO 8601, bytes as UTF-8. */
export async function readParquet(bytes: Uint8Array, path: string): Promise<Row[]> {
  const [{ parquetReadObjects }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  const file = new Uint8Array(bytes).buffer;
  try {
    return (await parquetReadObjects({ file, compressors })).map((row) => toPlain(row) as Row);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(`${path} is no readable Parquet file: ${why}; get it again`, { cause });
  }
}

function toPlain(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return BigInt(number) === value && Number.isSafeInteger(number) ? number : value.toString();
  }
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, toPlain);
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toPlain(each)]));
  }
  return value;
}
