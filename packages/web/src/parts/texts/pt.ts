import type { PartTexts } from "../texts.ts";

export const pt: PartTexts = {
  needsAdmin: "Isto exige uma chave com o escopo admin",
  retry: "Tentar de novo",
  copy: "Copiar",
  copied: "Copiado",
};
