export { type ArcData, makeArcData } from "./arc-data.ts";
export { type ArcBudget, type ArcDial, arcDial, pretrainSteps } from "./arc-dial.ts";
export { type ArcOptions, type ArcStep, arcSteps } from "./arc-steps.ts";
