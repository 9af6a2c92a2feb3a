import { interruptSignal } from "../terminal/interrupt.ts";

/** One line on standard error that changes in place on a terminal; elsewhere a line for each new text. */
export class BenchProgress implements Disposable {
  show(text: string): void {
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  }

  [Symbol.dispose](): void {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  }
}

/** Runs until it is done or the user has had enough; true when it was interrupted. Other errors pass. */
export async function untilInterrupted(measure: () => Promise<void>): Promise<boolean> {
  const signal = interruptSignal();
  try {
    await measure();
    return false;
  } catch (error) {
    if (!signal.aborted) throw error;
    return true;
  }
}
