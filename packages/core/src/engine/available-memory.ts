import { freemem, totalmem } from "node:os";

/** Bytes that this process may still take: what the machine has free, within the container's limit. */
export function availableMemory(): number {
  const limit = process.constrainedMemory();
  const isLimited = limit > 0 && limit < totalmem();
  return isLimited ? Math.min(freemem(), Math.max(0, limit - process.memoryUsage.rss())) : freemem();
}
