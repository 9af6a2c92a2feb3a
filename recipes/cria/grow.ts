import { convertModel } from "@llamero/core";
import { growModel } from "../../packages/train/src/grow/grow-model.ts";

const [from, layers, to] = process.argv.slice(2);
if (from === undefined || layers === undefined || to === undefined)
  throw new TypeError("Say what grows, to how many layers, and where to: grow.ts FOLDER 8 FOLDER");
await convertModel(growModel(from, Number(layers)), to, { container: "safetensors", format: "f32" });
