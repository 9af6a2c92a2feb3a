import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const chromium = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** The built chat page; that of runs is in its folder `runs`. */
export const webRoot: string = fileURLToPath(new URL("../../web/dist", import.meta.url));

const missing = [chromium, webRoot].find((path) => !existsSync(path));

/** Why tests in a browser cannot run here; false where they can. */
export const skipPage: string | false = missing === undefined ? false : `needs ${missing}`;

type Call = (method: string, parameters?: object) => Promise<Record<string, unknown>>;

/** A headless browser, spoken to in its own protocol through two pipes. */
async function openBrowser(t: TestContext): Promise<Call> {
  const profile = mkdtempSync(join(tmpdir(), "llamero-page-"));
  const child = spawn(
    chromium,
    [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--remote-debugging-pipe",
      `--user-data-dir=${profile}`,
    ],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  t.after(async () => {
    const closed = once(child, "close");
    // It ends when the pipe does; killed, it would leave processes behind that go on writing to the profile.
    input.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
    await closed;
    clearTimeout(timer);
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });
  const input = child.stdio[3] as Writable;
  const output = child.stdio[4] as Readable;
  const waiting = new Map<number, (result: Record<string, unknown>) => void>();
  let rest = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    const messages = (rest + text).split("\0");
    rest = messages.pop() ?? "";
    for (const each of messages) {
      const { id, result, error } = JSON.parse(each) as {
        id?: number;
        result?: Record<string, unknown>;
        error?: unknown;
      };
      if (id !== undefined) waiting.get(id)?.(result ?? { error });
    }
  });
  let lastId = 0;
  const send = (message: object): Promise<Record<string, unknown>> => {
    const id = ++lastId;
    input.write(`${JSON.stringify({ id, ...message })}\0`);
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  const { targetId } = await send({ method: "Target.createTarget", params: { url: "about:blank" } });
  const { sessionId } = await send({
    method: "Target.attachToTarget",
    params: { targetId, flatten: true },
  });
  return (method, params = {}) => send({ method, params, sessionId });
}

/** A page in a browser. */
export interface OpenPage {
  evaluate(expression: string): Promise<unknown>;
  /** Waits until an expression holds. */
  until(expression: string): Promise<void>;
  dom(): Promise<string>;
  /** Presses keys as a person does: names as in `KeyboardEvent.key`, or one character. */
  press(...keys: string[]): Promise<void>;
  /** Writes where the focus is. */
  write(text: string): Promise<void>;
  /** What the system prefers. */
  prefer(scheme: "light" | "dark"): Promise<void>;
  screenshot(path: string, scheme: "light" | "dark"): Promise<void>;
}

/** Opens an address in a headless browser, for one test. */
export async function openAddress(
  t: TestContext,
  url: string,
  size: { width: number; height: number } = { width: 860, height: 700 },
): Promise<OpenPage> {
  const call = await openBrowser(t);
  await call("Emulation.setDeviceMetricsOverride", { ...size, deviceScaleFactor: 1.5, mobile: false });
  await call("Page.navigate", { url });
  const evaluate: OpenPage["evaluate"] = async (expression) => {
    const { result } = await call("Runtime.evaluate", { expression, awaitPromise: true });
    return (result as { value?: unknown } | undefined)?.value;
  };
  const dom = async (): Promise<string> => String(await evaluate("document.documentElement.outerHTML"));
  const prefer: OpenPage["prefer"] = async (scheme) => {
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await call("Emulation.setEmulatedMedia", { features });
  };
  return {
    evaluate,
    dom,
    async until(expression) {
      for (let i = 0; i < 2400; i++) {
        if ((await evaluate(expression)) === true) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.fail(`${expression} does not hold in ${await dom()}`);
    },
    async press(...keys) {
      for (const key of keys) {
        const isText = key.length === 1;
        const code = { Enter: 13, Escape: 27, Tab: 9 }[key] ?? key.toUpperCase().charCodeAt(0);
        const text = key === "Enter" ? "\r" : isText ? key : "";
        const event = { key, windowsVirtualKeyCode: code, ...(text !== "" && { text }) };
        await call("Input.dispatchKeyEvent", { type: text === "" ? "rawKeyDown" : "keyDown", ...event });
        await call("Input.dispatchKeyEvent", { type: "keyUp", key, windowsVirtualKeyCode: code });
      }
    },
    async write(text) {
      await call("Input.insertText", { text });
    },
    prefer,
    async screenshot(path, scheme) {
      await prefer(scheme);
      const { data } = await call("Page.captureScreenshot");
      writeFileSync(path, Buffer.from(String(data), "base64"));
    },
  };
}
