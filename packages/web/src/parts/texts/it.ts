import type { PartTexts } from "../texts.ts";

export const it: PartTexts = {
  needsAdmin: "Serve una chiave con l'ambito admin",
  retry: "Riprova",
  copy: "Copia",
  copied: "Copiato",
};
