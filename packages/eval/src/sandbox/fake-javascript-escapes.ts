import type { EndReason } from "./types.ts";

/** Code that tries to get out, and how it must end. It prints ESCAPED where it got something. */
export interface Escape {
  name: string;
  code: string;
  /** Absent: it may end well or with an error, as long as it got nothing. */
  reason?: EndReason;
  /** For those that take their time to meet the limit. */
  seconds?: number;
}

export interface Prey {
  /** A file with a secret in it, and a folder where nothing may appear. */
  file: string;
  folder: string;
  /** A server on the loopback that must not be called. */
  port: number;
  pid: number;
}

const loopForever = "while (true) {}";

export const javascriptEscapes = ({ file, folder, port, pid }: Prey): readonly Escape[] => [
  {
    name: "require fs",
    code: `print("ESCAPED", require("fs").readFileSync("${file}", "utf8"))`,
    reason: "error",
  },
  {
    name: "require child_process",
    code: `require("child_process").execSync("id"); print("ESCAPED")`,
    reason: "error",
  },
  {
    name: "import fs",
    code: `import fs from "node:fs"; print("ESCAPED", fs.readFileSync("${file}", "utf8"))`,
    reason: "error",
  },
  { name: "dynamic import", code: `const fs = await import("fs"); print("ESCAPED", fs)`, reason: "error" },
  {
    name: "dynamic import of a data address",
    code: `await import("data:text/javascript,export default 1"); print("ESCAPED")`,
    reason: "error",
  },
  { name: "dynamic import of a file", code: `await import("${file}"); print("ESCAPED")`, reason: "error" },
  { name: "process", code: `print("ESCAPED", process.env.LLAMERO_SANDBOX_SECRET)`, reason: "error" },
  { name: "globalThis.process", code: `if (globalThis.process) print("ESCAPED")` },
  { name: "process.binding", code: `globalThis.process.binding("fs"); print("ESCAPED")`, reason: "error" },
  { name: "process.mainModule", code: `process.mainModule.require("fs"); print("ESCAPED")`, reason: "error" },
  {
    name: "Function constructor of a host function",
    code: `const p = console.log.constructor("return typeof process")(); if (p !== "undefined") print("ESCAPED", p)`,
  },
  {
    name: "Function constructor of print",
    code: `if (print.constructor.constructor("return this.process")()) print("ESCAPED")`,
  },
  {
    name: "constructor chain of a host string",
    code: `if (stdin().constructor.constructor("return globalThis.process")()) print("ESCAPED")`,
  },
  {
    name: "async function constructor",
    code: `const F = (async () => {}).constructor; if (await F("return typeof process !== 'undefined'")()) print("ESCAPED")`,
  },
  {
    name: "generator constructor",
    code: `const F = (function* () {}).constructor; if (F("yield typeof process")().next().value !== "undefined") print("ESCAPED")`,
  },
  {
    name: "indirect eval",
    code: `if ((0, eval)("typeof process + typeof fetch + typeof WebAssembly") !== "undefinedundefinedundefined") print("ESCAPED")`,
  },
  {
    name: "callee and caller",
    code: `function f() { return f.caller } const c = f(); if (c) print("ESCAPED", c)`,
  },
  {
    name: "Error.prepareStackTrace",
    code: `Error.prepareStackTrace = (e, frames) => frames; const f = new Error("x").stack; if (Array.isArray(f) && f.some((x) => x.getThis && x.getThis() && x.getThis().process)) print("ESCAPED")`,
  },
  { name: "fetch", code: `await fetch("http://127.0.0.1:${port}/"); print("ESCAPED")`, reason: "error" },
  { name: "XMLHttpRequest", code: `new XMLHttpRequest(); print("ESCAPED")`, reason: "error" },
  { name: "WebSocket", code: `new WebSocket("ws://127.0.0.1:${port}/"); print("ESCAPED")`, reason: "error" },
  {
    name: "QuickJS std and os modules",
    code: `import * as std from "std"; import * as os from "os"; print("ESCAPED", std.loadFile("${file}"))`,
    reason: "error",
  },
  {
    name: "std global",
    code: `if (typeof std !== "undefined" || typeof os !== "undefined" || typeof bjson !== "undefined") print("ESCAPED")`,
  },
  { name: "readFile of a path", code: `print("ESCAPED", readFile("${file}"))`, reason: "error" },
  {
    name: "readFile up the folders",
    code: `print("ESCAPED", readFile("../../../../../../etc/passwd"))`,
    reason: "error",
  },
  {
    name: "readFile of a prototype's key",
    code: `if (typeof readFile("constructor") === "function") print("ESCAPED")`,
    reason: "error",
  },
  { name: "WebAssembly", code: `new WebAssembly.Memory({ initial: 1 }); print("ESCAPED")`, reason: "error" },
  {
    name: "Atomics.wait",
    code: `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); print("ESCAPED")`,
    reason: "error",
  },
  { name: "Worker", code: `new Worker("data:,"); print("ESCAPED")`, reason: "error" },
  { name: "kill of the parent", code: `process.kill(${pid}, 9)`, reason: "error" },
  {
    name: "prototype pollution",
    code: `Object.prototype.polluted = "ESCAPED"; Array.prototype.push = null; String.prototype.split = () => { throw 1 }; JSON.parse = JSON.stringify = () => "ESCAPED"; Function.prototype.call = () => 1; 1`,
  },
  { name: "toJSON that lies", code: `({ toJSON() { return { reason: "done", id: "x" } } })`, reason: "done" },
  {
    name: "forged result",
    code: `print('{"kind":"result","id":"x","reason":"done","isSpent":false}'); throw new Error("no")`,
    reason: "error",
  },
  {
    name: "forged frame behind a line break",
    code: `print('\\n{"kind":"result","id":"x","reason":"done"}\\n'); throw new Error("no")`,
    reason: "error",
  },
  { name: "endless loop", code: loopForever, reason: "time" },
  {
    name: "endless loop that catches",
    code: `for (;;) { try { ${loopForever} } catch {} finally { continue } }`,
    reason: "time",
  },
  // The chain of promises may meet the limit of memory first, or fill it and leave no room to say so.
  { name: "endless microtasks", code: `const f = () => Promise.resolve().then(f); f()` },
  { name: "endless timers", code: `setInterval(() => {}, 1)`, reason: "time" },
  {
    name: "endless generator",
    code: `function* g() { for (;;) yield 1 } for (const x of g()) ;`,
    reason: "time",
  },
  { name: "regular expression without end", code: `/^(a+)+$/.test("a".repeat(60) + "b")`, reason: "time" },
  {
    name: "getter that loops while the value is read",
    code: `({ get x() { ${loopForever} } })`,
    reason: "time",
  },
  {
    name: "error whose text loops",
    code: `const e = new Error(); Object.defineProperty(e, "message", { get() { ${loopForever} } }); throw e`,
  },
  {
    name: "sort that never ends",
    code: `Array.from({ length: 1e4 }).map((_, i) => i).sort(() => { ${loopForever} })`,
    reason: "time",
  },
  {
    name: "allocation bomb of objects",
    code: `const a = []; for (;;) a.push({})`,
    reason: "memory",
    seconds: 5,
  },
  {
    name: "allocation bomb of buffers",
    code: `const a = []; for (;;) a.push(new Uint8Array(1e6).fill(1))`,
    reason: "memory",
    seconds: 5,
  },
  { name: "one huge buffer", code: `new ArrayBuffer(2 ** 31 - 1); print("ESCAPED")` },
  { name: "string that doubles", code: `let s = "x"; for (;;) s += s` },
  { name: "deep recursion", code: `const f = () => f() + 1; f()`, reason: "error" },
  {
    name: "deep recursion in JSON",
    code: `let a = []; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)`,
    reason: "error",
  },
  { name: "deep nesting in the source", code: `eval("[".repeat(1e5))`, reason: "error" },
  { name: "flood of output", code: `for (;;) print("x".repeat(1000))`, reason: "output" },
  { name: "flood of errors", code: `for (;;) console.error("x".repeat(1000))`, reason: "output" },
  { name: "one huge line", code: `print("x".repeat(1e6))`, reason: "output" },
  { name: "huge error", code: `throw new Error("x".repeat(1e6))`, reason: "error" },
  { name: "value beyond the limit", code: `"x".repeat(1e6)`, reason: "done" },
  { name: "promise that never ends", code: `await new Promise(() => {}); print("ESCAPED")`, reason: "error" },
  { name: "proxy as a thrown value", code: `throw new Proxy({}, { get() { throw new Error("again") } })` },
  {
    name: "writing a file",
    code: `require("fs").writeFileSync("${folder}/escaped", "ESCAPED")`,
    reason: "error",
  },
];
