/**
 * Time of a search in memory: `node --conditions=@llamero/source --import tsx bench/retrieval.ts [rows] [dimension]`.
 * Vectors are random directions, the worst case for the bound of i8, and directions around 1,000 centers as texts have them.
 */
import { loadavg } from "node:os";
import { FlatIndex } from "@llamero/core/retrieval/flat-index";

const [numRows = 100_000, dimension = 384] = process.argv.slice(2).map(Number);
let state = 1;
const uniform = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const normal = (): number => uniform() + uniform() + uniform() + uniform() - 2;
const direction = (): Float32Array => Float32Array.from({ length: dimension }, normal);
const centers = Array.from({ length: 1000 }, direction);
const near = (): Float32Array => {
  const center = centers[Math.floor(uniform() * centers.length)]!;
  return center.map((value) => value + 0.7 * normal());
};
for (const [name, draw] of [
  ["random", direction],
  ["centers", near],
] as const) {
  const index = new FlatIndex(dimension);
  for (let row = 0; row < numRows; row++) index.add(`chunk-${row}`, draw());
  const queries = Array.from({ length: 60 }, draw);
  for (const query of queries.slice(0, 10)) index.search(query, 10);
  const cpuBefore = process.cpuUsage();
  const times = queries.map((query) => {
    const start = performance.now();
    index.search(query, 10);
    return performance.now() - start;
  });
  const cpu = process.cpuUsage(cpuBefore);
  const cpu_ms = Number(((cpu.user + cpu.system) / 1000 / queries.length).toFixed(2));
  times.sort((a, b) => a - b);
  const at = (share: number): number => Number(times[Math.floor(share * (times.length - 1))]!.toFixed(2));
  const figures = {
    vectors: name,
    numRows,
    dimension,
    min_ms: at(0),
    p50_ms: at(0.5),
    p95_ms: at(0.95),
    cpu_ms,
  };
  console.log(JSON.stringify({ ...figures, load: loadavg()[0] }));
}
