import type { PartTexts } from "../texts.ts";

export const th: PartTexts = {
  needsAdmin: "ต้องใช้คีย์ที่มีสิทธิ์ admin",
  retry: "ลองอีกครั้ง",
  copy: "คัดลอก",
  copied: "คัดลอกแล้ว",
};
