import { formatBytes, formatDuration } from "./human.ts";

/** Progress of a number of bytes on standard error: a bar on a terminal, a line now and then elsewhere. */
export class ProgressBar {
  private readonly label: string;
  private readonly stream: NodeJS.WriteStream;
  private readonly startedAt = performance.now();
  private firstBytes: number | null = null;
  private lastDrawn = Number.NEGATIVE_INFINITY;
  private isDirty = false;

  constructor(label: string, stream: NodeJS.WriteStream = process.stderr) {
    this.label = label;
    this.stream = stream;
  }

  update(doneBytes: number, totalBytes: number | null): void {
    this.firstBytes ??= doneBytes;
    const now = performance.now();
    const isComplete = doneBytes === totalBytes;
    if (!isComplete && now - this.lastDrawn < (this.stream.isTTY ? 100 : 10_000)) return;
    this.lastDrawn = now;
    const line = this.describe(doneBytes, totalBytes, (now - this.startedAt) / 1000);
    if (this.stream.isTTY) {
      this.stream.write(`\r\x1b[K${line.slice(0, Math.max(20, (this.stream.columns || 80) - 1))}`);
      this.isDirty = true;
    } else this.stream.write(`${line}\n`);
  }

  /** Clears the bar, so that something else can be printed. */
  clear(): void {
    if (this.isDirty) this.stream.write("\r\x1b[K");
    this.isDirty = false;
  }

  private describe(doneBytes: number, totalBytes: number | null, seconds: number): string {
    const rate = seconds > 0 ? (doneBytes - (this.firstBytes ?? 0)) / seconds : 0;
    const speed = `${formatBytes(rate)}/s`;
    if (totalBytes === null) return `${this.label}  ${formatBytes(doneBytes)}  ${speed}`;
    const share = totalBytes === 0 ? 1 : doneBytes / totalBytes;
    const filled = Math.round(share * 20);
    const bar = this.stream.isTTY ? `${"█".repeat(filled)}${"░".repeat(20 - filled)} ` : "";
    const left =
      rate > 0 && doneBytes < totalBytes ? `  ${formatDuration((totalBytes - doneBytes) / rate)} left` : "";
    const percent = `${Math.floor(share * 100)}`.padStart(3);
    return `${this.label}  ${percent} % ${bar}${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}  ${speed}${left}`;
  }
}
