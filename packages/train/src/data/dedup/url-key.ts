/** Parameters that say where a visitor came from and change nothing of the page. */
const TRACKING =
  /^(utm_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_cid|mc_eid|_ga|_hsenc|_hsmi|sessionid|phpsessid|jsessionid|sid|ref_src|spm)$/i;

/**
 * An address as two addresses of one page share it: no scheme, "www.", user, default port, fragment, tracking parameter,
 * index file or slash at the end; parameters in order. Null for what is no http address.
 */
export function normalizeUrl(address: string): string | null {
  if (/^(?!https?:)[a-z][a-z0-9+.-]*:(?!\d)/i.test(address.trim())) return null;
  let url: URL;
  try {
    url = new URL(address.includes("://") ? address.trim() : `http://${address.trim()}`);
  } catch {
    return null;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const host = url.hostname.replace(/^www\d?\./, "").replace(/\.$/, "");
  const path = url.pathname
    .replace(/;jsessionid=[^/]*/i, "")
    .replace(/\/{2,}/g, "/")
    .replace(/\/(index|default)\.(html?|php|aspx?)$/i, "/")
    .replace(/\/+$/, "")
    .replace(/%[0-9a-f]{2}/gi, (code) => code.toUpperCase());
  const parameters = [...url.searchParams].filter(([name]) => !TRACKING.test(name));
  const query = parameters
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join("&");
  const port = url.port === "" ? "" : `:${url.port}`;
  return `${host}${port}${path}${query === "" ? "" : `?${query}`}`;
}
