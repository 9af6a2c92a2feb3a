export {
  packF32, pack16, packF8, packQ8_0, packQ4_0, packQ4_1, packQ5_0, packQ5_1, packQ4K, packQ5K, packQ6K,
} from "./pack.as";
export { groupBytes, embedRow } from "./panel.as";
export { linearFloat } from "./linear-float.as";
export { activationBytes, quantizeRow, linearInt } from "./linear-int.as";
export { rmsNorm, add, siluMul, rope } from "./rows.as";
export { kvHeadBytes, writeKv, attentionScratch, attentionStart, attentionBlocks, attentionFinish } from "./attention.as";
export { argMax, sumExp, collect } from "./sample.as";
