/** One JSON document on standard output, on one line. */
export function printJson(value: unknown): void {
  const plain = (_: string, part: unknown): unknown =>
    ArrayBuffer.isView(part) && !(part instanceof DataView)
      ? Array.from(part as unknown as ArrayLike<number>)
      : typeof part === "bigint"
        ? Number(part)
        : part;
  process.stdout.write(`${JSON.stringify(value, plain)}\n`);
}
