/** A run of text in a paragraph. */
export type Span =
  | { style: "plain" | "bold" | "italic" | "code"; text: string }
  | { style: "link"; text: string; href: string };

/** Code, bold, italic, a link or picture, an address in angle brackets or by itself. */
const styled =
  /`([^`\n]+)`|\*\*(?=\S)([^\n]*?\S)\*\*|(?<![*\w])\*(?=[^\s*])([^*\n]*?[^\s*])\*(?![*\w])|!?\[([^[\]\n]{1,300})\]\(([^\s()<>]{1,2000})(?:\s"[^"\n]{0,300}")?\)|<((?:https?:\/\/|mailto:)[^\s<>]{1,2000})>|(?<![\w/])(https?:\/\/[^\s<>()[\]"'`*]{1,2000})/g;

const schemes: ReadonlySet<string> = new Set(["http:", "https:", "mailto:"]);

/** An address that a page may lead to; null for other schemes, and for places in the page's own site. */
export function safeHref(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const { protocol, href, username, password } = new URL(address);
  // What stands before an @ can look like another host.
  return schemes.has(protocol) && username === "" && password === "" ? href : null;
}

/** Splits a text into runs of one style. Pictures are links: nothing is loaded that was not clicked. */
export function parseSpans(text: string): Span[] {
  const spans: Span[] = [];
  let end = 0;
  const addPlain = (until: number): void => {
    if (until > end) spans.push({ style: "plain", text: text.slice(end, until) });
  };
  for (const match of text.matchAll(styled)) {
    const [whole, code, bold, italic, label, target, bracketed, bare] = match;
    // A sentence ends after an address, not in it.
    const shown = bare?.replace(/[.,;:!?]+$/, "");
    const address = target ?? bracketed ?? shown;
    const href = address === undefined ? null : safeHref(address);
    if (address !== undefined && href === null) continue;
    addPlain(match.index);
    end = match.index + (shown ?? whole).length;
    if (code !== undefined) spans.push({ style: "code", text: code });
    else if (bold !== undefined) spans.push({ style: "bold", text: bold });
    else if (italic !== undefined) spans.push({ style: "italic", text: italic });
    else if (href !== null) spans.push({ style: "link", text: label ?? address!, href });
  }
  addPlain(text.length);
  return spans;
}
