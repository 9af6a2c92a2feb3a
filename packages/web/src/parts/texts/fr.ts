import type { PartTexts } from "../texts.ts";

export const fr: PartTexts = {
  needsAdmin: "Il faut pour cela une clé avec la portée admin",
  retry: "Réessayer",
  copy: "Copier",
  copied: "Copié",
};
