/** Multiplications and additions of f32 matrices that this machine does in a second, for a share of it; null when that cannot be told. */
export async function machineRate(threads: number | null): Promise<number | null> {
  const { chooseBackend } = await import("@llamero/core");
  const { measureMatrixRate } = await import("../machine/matrix-rate.ts");
  const { backend } = await chooseBackend(threads === null ? {} : { threads });
  await using _ = backend;
  // The reference would take longer to measure than it is worth.
  if (backend.name === "reference") return null;
  const { operationsPerSecond } = await measureMatrixRate(backend, { format: "f32", mode: "exact" });
  return operationsPerSecond;
}
