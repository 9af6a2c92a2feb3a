export { type CheckRecord, type Decision, runShield } from "./border-guard.ts";
export { openShields, type ShieldOptions, Shields } from "./open-shields.ts";
export type { Border, Shield, ShieldInput, Verdict } from "./shield.ts";
export { embeddedPolicy } from "./shield-settings.ts";
