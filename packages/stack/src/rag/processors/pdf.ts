import { Worker } from "node:worker_threads";
import type { PdfAnswer, PdfRequest } from "./pdf-thread.ts";
import { type Processed, type ProcessLimits, type Section, UnsupportedFileError } from "./processed.ts";

const entry = new URL(
  import.meta.url.endsWith(".ts") ? "./pdf-thread.ts" : "./pdf-thread.js",
  import.meta.url,
);

/** Threads do not inherit what translates TypeScript, so a checkout's sources bring it along; pdf.js comes before, as it is. */
function sourceEntry(): URL {
  const [library, api] = ["unpdf", "tsx/esm/api"].map((name) => JSON.stringify(import.meta.resolve(name)));
  const text = `await (await import(${library})).getResolvedPDFJS(); const { register } = await import(${api}); register(); await import(${JSON.stringify(entry.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`);
}

/** The text of a PDF, page by page; read in a thread that is ended at the limit of time or memory. */
export async function readPdf(
  bytes: Uint8Array,
  filename: string,
  limits: ProcessLimits,
): Promise<Processed> {
  const { maxPages, maxCharacters, maxMs, maxInflatedBytes } = limits;
  const request: PdfRequest = { bytes: new Uint8Array(bytes), maxPages, maxCharacters, maxInflatedBytes };
  const thread = new Worker(entry.href.endsWith(".ts") ? sourceEntry() : entry, {
    workerData: request,
    transferList: [request.bytes.buffer as ArrayBuffer],
    env: {},
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: Math.max(128, Math.ceil(maxInflatedBytes / 2 ** 20)) },
  });
  let timer: NodeJS.Timeout | undefined;
  const answer = await new Promise<PdfAnswer>((resolve) => {
    timer = setTimeout(
      () => resolve({ failure: `takes longer than ${maxMs / 1000} s, which is the limit` }),
      maxMs,
    );
    thread.once("message", resolve);
    thread.once("error", (error) => {
      const isMemory = (error as { code?: string }).code === "ERR_WORKER_OUT_OF_MEMORY";
      resolve({
        failure: isMemory ? "takes more memory than the limit allows" : `cannot be read: ${error.message}`,
      });
    });
    thread.once("exit", () => resolve({ failure: "ended its reader" }));
  });
  clearTimeout(timer);
  await thread.terminate();
  if ("failure" in answer) throw new UnsupportedFileError(`${filename} ${answer.failure}`);
  const sections: Section[] = [];
  let text = "";
  for (const [at, page] of answer.pages.entries()) {
    const start = text.length;
    text += `${page.trim()}\n\n`;
    sections.push({ kind: "page", title: String(at + 1), level: 1, start, end: text.length });
  }
  if (text.trim() === "" && bytes.length > 0)
    throw new UnsupportedFileError(
      `${filename} holds no text, only pictures of it; run text recognition first`,
    );
  return { mediaType: "application/pdf", title: answer.title, text, sections };
}
