/** What a stored model says about itself; written last, so a model with a manifest is complete. */
export interface Manifest {
  name: string;
  /** Where it came from, as `pull` takes it. */
  source: string;
  /** Commit of the repository, or null. */
  commit: string | null;
  /** File to open, relative to the model's folder; null opens the folder. */
  primary: string | null;
  files: readonly ManifestFile[];
  /** ISO 8601. */
  pulledAt: string;
}

export interface ManifestFile {
  path: string;
  sizeBytes: number;
  sha256: string | null;
}

/** Name of the manifest in a model's folder. */
export const manifestFile = "llamero.json";

/** Reads a manifest; null when the text is not one. */
export function parseManifest(text: string): Manifest | null {
  try {
    const value = JSON.parse(text) as Partial<Manifest> | null;
    const isManifest = typeof value?.name === "string" && Array.isArray(value.files);
    return isManifest ? (value as Manifest) : null;
  } catch {
    return null;
  }
}
