/** Where a model comes from, as a user writes it. */
export type ModelReference =
  | {
      kind: "hub";
      /** user/name. */
      repo: string;
      revision: string;
      /** A file of the repository, or a quantization such as Q4_K_M; null picks one. */
      selector: string | null;
    }
  | { kind: "url"; url: string };

const repoPattern = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;

/** Whether a text can only mean something to download: `hf:…` or a URL. `user/repo` may also be a path. */
export function isExplicitReference(text: string): boolean {
  return /^(hf:|https?:\/\/)/.test(text);
}

/** Reads `hf:user/repo[@revision][:file-or-quantization]`, `user/repo…` or a URL. */
export function parseReference(text: string, endpoint: string): ModelReference {
  if (/^https?:\/\//.test(text)) return parseUrlReference(text, endpoint);
  const plain = text.replace(/^hf:(\/\/)?/, "");
  const colon = plain.indexOf(":");
  const name = colon === -1 ? plain : plain.slice(0, colon);
  const selector = colon === -1 ? null : plain.slice(colon + 1);
  const at = name.indexOf("@");
  const repo = at === -1 ? name : name.slice(0, at);
  const revision = at === -1 ? "main" : name.slice(at + 1);
  if (!repoPattern.test(repo) || selector === "" || revision === "") {
    throw new SyntaxError(
      `Not a model reference: ${text} (write user/repo, hf:user/repo:Q4_K_M, hf:user/repo:file.gguf or an https URL)`,
    );
  }
  return { kind: "hub", repo, revision, selector };
}

/** Pages of the hub (repository, blob, resolve) become hub references; any other URL is one file. */
function parseUrlReference(text: string, endpoint: string): ModelReference {
  const url = new URL(text);
  const origins = ["https://huggingface.co", "https://hf.co", new URL(endpoint).origin];
  const [user, name, view, revision, ...path] = url.pathname.split("/").filter((part) => part !== "");
  const isHub = origins.includes(url.origin) && user !== undefined && name !== undefined;
  if (!isHub || !repoPattern.test(`${user}/${name}`)) return { kind: "url", url: text };
  const repo = `${user}/${name}`;
  if (view === undefined) return { kind: "hub", repo, revision: "main", selector: null };
  if (!["resolve", "blob", "tree"].includes(view) || revision === undefined)
    return { kind: "url", url: text };
  const selector = path.length === 0 ? null : path.map(decodeURIComponent).join("/");
  return { kind: "hub", repo, revision: decodeURIComponent(revision), selector };
}

/** The reference in its canonical form, as the manifest of a stored model says it. */
export function formatReference(reference: ModelReference): string {
  if (reference.kind === "url") return reference.url;
  const revision = reference.revision === "main" ? "" : `@${reference.revision}`;
  const selector = reference.selector === null ? "" : `:${reference.selector}`;
  return `hf:${reference.repo}${revision}${selector}`;
}
