import type { PartTexts } from "../texts.ts";

export const es: PartTexts = {
  needsAdmin: "Esto requiere una clave con el alcance admin",
  retry: "Reintentar",
  copy: "Copiar",
  copied: "Copiado",
};
