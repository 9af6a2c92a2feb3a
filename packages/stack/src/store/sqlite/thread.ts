/** The thread in which a SQLite file is read and written. */
import { parentPort, workerData } from "node:worker_threads";
import { chooseSqlite } from "./driver.ts";
import { SqliteEngine } from "./engine.ts";
import type { ThreadAnswer, ThreadRequest, ThreadSetup } from "./protocol.ts";
import { Parts } from "./protocol.ts";

const port = parentPort!;
const { path, build } = workerData as ThreadSetup;
const parts = new Parts();

function failure(error: unknown): ThreadAnswer {
  return { answer: "failed", message: error instanceof Error ? error.message : String(error) };
}

try {
  const engine = new SqliteEngine(await chooseSqlite(build), path);
  port.on("message", (request: ThreadRequest) => {
    try {
      switch (request.request) {
        case "part":
          parts.add(request.data);
          return;
        case "commit": {
          const units = parts.fill(request.units);
          port.postMessage({ answer: "committed", results: engine.commit(units) } satisfies ThreadAnswer);
          return;
        }
        case "query": {
          const rows = engine.query(request.sql, request.params);
          port.postMessage({ answer: "rows", rows: rows.map((row) => ({ ...row })) } satisfies ThreadAnswer);
          return;
        }
        case "close":
          engine.close();
          port.postMessage({ answer: "closed" } satisfies ThreadAnswer);
          port.close();
          return;
        default:
          request satisfies never;
      }
    } catch (error) {
      port.postMessage(failure(error));
    }
  });
  port.postMessage({ answer: "open" } satisfies ThreadAnswer);
} catch (error) {
  port.postMessage(failure(error));
  port.close();
}
