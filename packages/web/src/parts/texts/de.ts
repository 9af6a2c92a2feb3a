import type { PartTexts } from "../texts.ts";

export const de: PartTexts = {
  needsAdmin: "Dafür braucht es einen Schlüssel mit dem Recht admin",
  retry: "Noch einmal versuchen",
  copy: "Kopieren",
  copied: "Kopiert",
};
