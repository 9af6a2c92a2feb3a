import { defaultEndpoint } from "@llamero/core/hub/client";
import { createDiskStorage } from "@llamero/core/hub/disk-storage";
import { type PullProgress, pullModel } from "@llamero/core/hub/pull";
import { type ModelReference, parseReference } from "@llamero/core/hub/reference";
import { defaultRetry } from "@llamero/core/hub/retry";
import { findModel, modelsFolder, type StoredModel } from "@llamero/core/hub/store";
import { UsageError } from "../errors.ts";
import { formatBytes } from "../terminal/human.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";

/** Downloads a model into the store, with a progress bar on standard error. */
export async function pullToStore(text: string): Promise<StoredModel> {
  const endpoint = (process.env["HF_ENDPOINT"] || defaultEndpoint).replace(/\/+$/, "");
  const token = process.env["HF_TOKEN"] || process.env["HUGGING_FACE_HUB_TOKEN"] || null;
  const reference = readReference(text, endpoint);
  let bar = new ProgressBar("");
  let file = "";
  const note = (line: string): void => {
    bar.clear();
    process.stderr.write(`${line}\n`);
  };
  const manifest = await pullModel(reference, {
    connection: { endpoint, token, retry: defaultRetry, signal: interruptSignal() },
    storage: createDiskStorage(modelsFolder()),
    onPlan: ({ name, numFiles, totalBytes }) => {
      const size = totalBytes === null ? "size unknown" : formatBytes(totalBytes);
      note(`Pulling ${name}: ${numFiles === 1 ? "" : `${numFiles} files, `}${size}`);
    },
    onProgress: (progress: PullProgress) => {
      if (progress.path !== file) {
        file = progress.path;
        bar.clear();
        bar = new ProgressBar(progress.path.slice(progress.path.indexOf("/") + 1));
      }
      bar.update(progress.receivedBytes, progress.totalBytes);
    },
    onWait: (holder) => note(`Waiting for ${holder}, which downloads the same file`),
    onRetry: (reason, delayMs) => note(`${reason}; trying again in ${(delayMs / 1000).toFixed(1)} s`),
  });
  bar.clear();
  return (await findModel(manifest.name))!;
}

function readReference(text: string, endpoint: string): ModelReference {
  try {
    return parseReference(text, endpoint);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(error.message, null, { cause: error });
  }
}
