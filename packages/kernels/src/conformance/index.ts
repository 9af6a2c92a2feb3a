export { modes } from "./case.ts";
export { conformanceCases } from "./cases.ts";
export { type ConformanceOptions, conformance, type MakeBackend, type Skip } from "./suite.ts";
export { type ToleranceName, tolerances } from "./tolerances.ts";
