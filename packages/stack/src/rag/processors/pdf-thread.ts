import { parentPort, workerData } from "node:worker_threads";
import { getDocumentProxy } from "unpdf";
import { countInflated } from "./count-inflated.ts";

/** What a thread is given. */
export interface PdfRequest {
  bytes: Uint8Array;
  maxPages: number;
  maxCharacters: number;
  maxInflatedBytes: number;
}

/** What it answers. */
export type PdfAnswer = { title: string; pages: string[] } | { failure: string };

interface TextItem {
  str?: string;
  hasEOL?: boolean;
}

const request = workerData as PdfRequest;
// The reader goes on after errors in a page, so that it is asked whether there was one.
const isBeyond = countInflated(request.maxInflatedBytes);

async function read({ bytes, maxPages, maxCharacters }: PdfRequest): Promise<PdfAnswer> {
  const document = await getDocumentProxy(bytes, {
    isEvalSupported: false,
    useSystemFonts: false,
    verbosity: 0,
  });
  if (document.numPages > maxPages)
    return { failure: `has ${document.numPages} pages; the limit is ${maxPages}` };
  const { info } = await document.getMetadata().catch(() => ({ info: {} }));
  const title = (info as { Title?: unknown }).Title;
  const pages: string[] = [];
  let numCharacters = 0;
  for (let number = 1; number <= document.numPages; number++) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    if (isBeyond()) break;
    const text = (items as TextItem[]).map(({ str = "", hasEOL }) => (hasEOL ? `${str}\n` : str)).join("");
    numCharacters += text.length;
    if (numCharacters > maxCharacters)
      return { failure: `has more than ${maxCharacters} characters, which is the limit` };
    pages.push(text);
    page.cleanup();
  }
  return { title: typeof title === "string" ? title : "", pages };
}

const answer = await read(request).catch((error: unknown): PdfAnswer => {
  const { name, message } = error as Error;
  return {
    failure: name === "PasswordException" ? "is locked by a password" : `is a damaged PDF: ${message}`,
  };
});
parentPort!.postMessage(isBeyond() ? { failure: "inflates to more than the limit allows" } : answer);
