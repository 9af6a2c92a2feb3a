import { loadNative } from "./binding.ts";

/** What a step is for, highest first. */
export type LeasePriority = "decode" | "shield" | "prefill" | "training";

const classes: Readonly<Record<LeasePriority, number>> = { decode: 0, shield: 1, prefill: 2, training: 3 };

/** A lock that one holder of a machine has at a time, across processes; it is free as soon as its holder is dead. */
export interface MachineLease {
  /** Takes it if it is free and nobody of the same or a higher priority waits. */
  tryAcquire(priority: LeasePriority): boolean;
  /** Waits on a thread of its own; one wait at a time. */
  acquire(priority: LeasePriority): Promise<void>;
  release(): void;
  close(): void;
}

/** Opens the lease that a file stands for, which is made when it is missing. Throws without the native addon. */
export function openMachineLease(path: string): MachineLease {
  const native = loadNative();
  const lease = native.leaseOpen(path);
  return {
    tryAcquire: (priority) => native.leaseTry(lease, classes[priority]),
    acquire: (priority) => native.leaseWait(lease, classes[priority]),
    release: () => native.leaseRelease(lease),
    close: () => native.leaseClose(lease),
  };
}
