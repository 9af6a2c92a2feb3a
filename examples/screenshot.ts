import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

export interface ScreenshotOptions {
  /** Address of a page, or the HTML of one. */
  page: URL | string;
  /** Where the PNG goes. */
  png: string;
  width: number;
  height: number;
}

/** Takes a picture of a page with Chromium; the variable CHROMIUM says where that is. */
export async function takeScreenshot({ page, png, width, height }: ScreenshotOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "llamero-screenshot-"));
  try {
    let url = page;
    if (typeof url === "string") {
      const file = join(folder, "page.html");
      writeFileSync(file, url);
      url = pathToFileURL(file);
    }
    await promisify(execFile)(
      process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-device-scale-factor=1.5",
        "--virtual-time-budget=3000",
        `--user-data-dir=${join(folder, "profile")}`,
        `--window-size=${width},${height}`,
        `--screenshot=${png}`,
        url.href,
      ],
      { timeout: 120_000 },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** Classes of a span by the numbers of SGR sequences: ECMA-48, section 8.3.117. */
const classes: Readonly<Record<string, string>> = {
  "1": "bold",
  "2": "dim",
  "3": "italic",
  "7": "inverse",
  "31": "red",
  "32": "green",
  "33": "yellow",
  "34": "blue",
  "35": "magenta",
  "36": "cyan",
  "90": "gray",
};

/** Text with colors of a terminal as HTML; other control sequences are dropped. */
export function ansiToHtml(text: string): string {
  const active = new Set<string>();
  let html = "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences begin with one
  for (const [, codes, other] of text.matchAll(/\x1b\[([\d;]*)m|\x1b\[[\d;?]*[A-Za-z]|([^\x1b]+)/g)) {
    for (const code of codes?.split(";") ?? []) {
      const name = classes[code];
      if (name !== undefined) active.add(name);
      else active.clear();
    }
    if (other === undefined) continue;
    const escaped = other.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
    html += active.size === 0 ? escaped : `<span class="${[...active].join(" ")}">${escaped}</span>`;
  }
  return html;
}

/** A page that shows what a terminal showed. */
export function terminalPage(title: string, ansi: string): string {
  return `<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 28px; background: #dfe3f0; box-sizing: border-box; height: 100vh; }
main { height: 100%; border-radius: 12px; overflow: hidden; background: #16181f; color: #dfe3ec; box-shadow: 0 18px 50px #1c234055; display: flex; flex-direction: column; }
header { display: flex; align-items: center; gap: 8px; padding: 11px 14px; background: #22252f; color: #9aa3b5; font: 13px system-ui, "DejaVu Sans", sans-serif; }
header i { width: 12px; height: 12px; border-radius: 6px; background: var(--dot); }
header b { flex: 1; text-align: center; font-weight: 500; margin-right: 52px; }
pre { margin: 0; padding: 16px 20px; font: 13px/1.45 "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.bold { font-weight: 700 } .dim, .gray { color: #7d8699 } .italic { font-style: italic } .inverse { background: #dfe3ec; color: #16181f }
.red { color: #ff7d87 } .green { color: #7fd99a } .yellow { color: #f2c76e } .blue { color: #82b4ff } .magenta { color: #d39bf5 } .cyan { color: #74d3e0 }
</style><main><header><i style="--dot:#ff6b62"></i><i style="--dot:#f7be4f"></i><i style="--dot:#5ecb6b"></i><b>${title}</b></header><pre>${ansiToHtml(ansi)}</pre></main>`;
}
