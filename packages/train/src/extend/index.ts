export { type CheckExtensionOptions, checkExtension, type ExtensionReport } from "./check-extension.ts";
export { type CopyFigure, type CopyOptions, checkCopies } from "./copy-check.ts";
export { lossesByPosition, type PositionLoss, positionStretches, tokenLosses } from "./position-loss.ts";
