import { readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, freemem, platform, totalmem } from "node:os";

/** What this machine is made of. */
export interface Machine {
  platform: string;
  arch: string;
  cpu: string;
  /** Hardware threads we may use. */
  cores: number;
  /** Instruction sets that our kernels have a use for. */
  features: readonly string[];
  totalMemoryBytes: number;
  availableMemoryBytes: number;
}

/** Linux's names of the instruction sets that matter here. */
const usefulFlags: readonly string[] = [
  "sse4_2",
  "avx",
  "avx2",
  "fma",
  "f16c",
  "avx512f",
  "avx512bw",
  "avx512_vnni",
  "avx512_bf16",
  "avx_vnni",
  "amx_tile",
  "amx_int8",
  "amx_bf16",
  "asimd",
  "asimddp",
  "i8mm",
  "bf16",
];

/** Reads the machine's description. */
export function describeMachine(): Machine {
  return {
    platform: platform(),
    arch: arch(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    features: readFeatures(),
    totalMemoryBytes:
      process.constrainedMemory() > 0 ? Math.min(process.constrainedMemory(), totalmem()) : totalmem(),
    availableMemoryBytes: readAvailable(),
  };
}

function readFeatures(): string[] {
  if (platform() !== "linux") return arch() === "arm64" ? ["asimd"] : [];
  const text = readFileSync("/proc/cpuinfo", "utf8");
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/));
  return usefulFlags.filter((flag) => flags.has(flag));
}

/** Linux counts the file cache as used; it is not. */
function readAvailable(): number {
  if (platform() !== "linux") return freemem();
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
  return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
}
