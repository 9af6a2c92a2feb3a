import type { PartTexts } from "../texts.ts";

export const hi: PartTexts = {
  needsAdmin: "इसके लिए admin अधिकार वाली कुंजी चाहिए",
  retry: "फिर कोशिश करें",
  copy: "कॉपी करें",
  copied: "कॉपी हुआ",
};
