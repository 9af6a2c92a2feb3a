/** Data for training: curation. */
export type { Document, Json, Verdict } from "./document.ts";
export { type Extraction, extractHtml } from "./extract/extract-html.ts";
export { findPii, type PiiFind, type PiiOptions, redact } from "./pii/redact.ts";
export { type CurateConfig, parseCurateConfig } from "./pipeline/config.ts";
export { type CurateOptions, type CurateProgress, curate } from "./pipeline/curate.ts";
export { type QualityTraining, trainQuality } from "./quality/train-quality.ts";
export { type FileSummary, inspectFile } from "./readers/inspect-file.ts";
export type { InputError, InputFormat } from "./readers/record.ts";
export { type CurateReport, type Lineage, writeReports } from "./report/build-report.ts";
export { readReport } from "./report/read-report.ts";
export type { GlobalStage, MapStage, Stage } from "./stage.ts";
export { type StageContext, type StageFactory, stageFactories } from "./stages.ts";
