const blocks =
  /^(address|article|aside|blockquote|body|br|caption|center|dd|div|dl|dt|fieldset|figure|figcaption|footer|form|h[1-6]|header|hr|html|li|main|nav|ol|option|p|pre|section|table|tbody|td|th|tfoot|thead|title|tr|ul)$/;
const silent = /^(script|style|noscript|template|svg|iframe|object|head|nav|footer|form|select|button)$/;
const named: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  ndash: "–",
  mdash: "—",
  hellip: "…",
  copy: "©",
  rsquo: "’",
  lsquo: "‘",
  rdquo: "”",
  ldquo: "“",
};

/** The text of a page without building its tree: for pages that are too large or too deep. Linear in its length. */
export function stripTags(html: string): string {
  const parts: string[] = [];
  const endOf = endFinder(html);
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    if (open < 0) {
      parts.push(html.slice(at));
      break;
    }
    parts.push(html.slice(at, open));
    if (html.startsWith("<!--", open)) {
      const end = html.indexOf("-->", open + 4);
      at = end < 0 ? html.length : end + 3;
      continue;
    }
    const close = html.indexOf(">", open + 1);
    if (close < 0) {
      parts.push(html.slice(open));
      break;
    }
    const name = /^<\/?([a-z][a-z0-9]{0,20})/i.exec(html.slice(open, open + 24))?.[1]?.toLowerCase();
    at = close + 1;
    if (name === undefined) {
      // A bare "<" is text; a declaration is not.
      if (html[open + 1] !== "!" && html[open + 1] !== "?" && html[open + 1] !== "/") {
        parts.push("<");
        at = open + 1;
      }
      continue;
    }
    if (blocks.test(name)) parts.push("\n");
    if (silent.test(name) && html[open + 1] !== "/") at = endOf(name, at);
  }
  return decodeEntities(parts.join(""))
    .split("\n")
    .map((line) => line.replace(/\s+/g, " ").trim())
    .filter((line) => line !== "")
    .join("\n");
}

/** Finds where an element's content ends. Remembers the end tags it found, so that a page is searched once per name. */
function endFinder(html: string): (name: string, from: number) => number {
  const lower = html.toLowerCase();
  // Some letters change their length in lower case.
  const text = lower.length === html.length ? lower : html;
  const ends = new Map<string, number>();
  return (name, from) => {
    let end = ends.get(name);
    if (end === undefined || end < from) {
      const found = text.indexOf(`</${name}`, from);
      end = found < 0 ? Number.POSITIVE_INFINITY : found;
      ends.set(name, end);
    }
    const isRaw = name === "script" || name === "style";
    // An element that is not closed nearby loses only its tag.
    return end - from > (isRaw ? 2_000_000 : 50_000) ? from : end;
  };
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, dec, hex, name) => {
    if (name !== undefined) return named[name.toLowerCase()] ?? whole;
    const code = dec !== undefined ? Number(dec) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : "";
  });
}
