/** Data for training lives in `./data` and `./synth`; training itself is not built. */
export { parseSynthRecipe, synthesize } from "./synth/index.ts";
