import type { ServableModel } from "@llamero/stack";
import { colorsFor } from "../terminal/colors.ts";
import { chatPageFolder } from "./page-folder.ts";

/** The web page of a chat, beside the terminal, while this lives. */
export interface WebPage extends AsyncDisposable {
  /** Null when it could not be started, which was said in one line. */
  readonly url: string | null;
}

const noPage: WebPage = { url: null, [Symbol.asyncDispose]: async () => undefined };

/** Shows an already loaded model on a web page of this machine alone, and prints its address. */
export async function startWebPage(
  name: string,
  model: ServableModel,
  webRoot: string | null = chatPageFolder(),
): Promise<WebPage> {
  const say = (text: string): void => {
    process.stderr.write(`${colorsFor(process.stderr).dim(text)}\n`);
  };
  if (webRoot === null) {
    say("no web page: @llamero/web is not built (npm run build)");
    return noPage;
  }
  try {
    const { startServer } = await import("@llamero/stack");
    const server = await startServer({
      models: [{ name, model }],
      host: "127.0.0.1",
      port: 0,
      webRoot,
      onError: (error) => say(`web page: ${messageOf(error)}`),
    });
    say(`web page ${server.url}`);
    return { url: server.url, [Symbol.asyncDispose]: () => server.close({ graceMs: 0 }) };
  } catch (error) {
    say(`no web page: ${messageOf(error)}`);
    return noPage;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
