export { readReplay, replayAnswer } from "./replay.ts";
export { collectRoundData } from "./round-data.ts";
export { adapterDigest, keepServed, readServed } from "./served-adapters.ts";
