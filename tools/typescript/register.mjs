// `node --import ./tools/typescript/register.mjs` runs TypeScript at half the start-up cost of tsx: our imports name
// files as they are, so nothing but types has to go. For the unit tests, which are hundreds of short processes.
import { register } from "node:module";

register("./hooks.mjs", import.meta.url);
process.setSourceMapsEnabled(true);
