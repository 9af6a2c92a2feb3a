export { describeApi } from "./describe-api.ts";
export type { RunningServer } from "./http/listen.ts";
export { type RequestRecord, requestLine } from "./observe/observe-requests.ts";
export { type OtlpSettings, readOtlpSettings } from "./observe/otlp-exporter.ts";
export type { ServableModel, ServedModel } from "./served-models.ts";
export { type ServerOptions, startServer } from "./server.ts";
export type { Border, Shield, ShieldInput, Verdict } from "./shields/shield.ts";
