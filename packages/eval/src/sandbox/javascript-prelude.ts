/**
 * What JavaScript code finds beside the language: console, print, stdin, readline, readFile, timers and `require` of
 * `assert`. It is run inside the interpreter before the code; `__write` and `__input` are the only ways out of it.
 */
export const javascriptPrelude: string = String.raw`
((write, input) => {
  "use strict";
  const { stdin, files } = JSON.parse(input);
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });

  const isKey = /^[A-Za-z_$][\w$]*$/;
  const quote = (text) => (text.includes("'") ? JSON.stringify(text) : "'" + JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"') + "'");
  function inspect(value, depth, seen) {
    if (typeof value === "string") return depth === 0 ? value : quote(value);
    if (typeof value === "bigint") return value + "n";
    if (typeof value === "symbol") return value.toString();
    if (typeof value === "function") return "[Function: " + (value.name || "(anonymous)") + "]";
    if (Object.is(value, -0)) return "-0";
    if (typeof value !== "object" || value === null) return String(value);
    if (seen.includes(value)) return "[Circular *1]";
    if (value instanceof Error) return value.stack ? value.name + ": " + value.message + "\n" + value.stack.trimEnd() : String(value);
    if (value instanceof Date) return value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (depth > 2) return Array.isArray(value) ? "[Array]" : "[Object]";
    const inner = (child) => inspect(child, depth + 1, [...seen, value]);
    const wrap = (open, parts, close) => {
      if (parts.length === 0) return open + close;
      const line = open + " " + parts.join(", ") + " " + close;
      return line.length <= 76 ? line : open + "\n  " + parts.join(",\n").replaceAll("\n", "\n  ") + "\n" + close;
    };
    const cut = (parts, total) => (total > 100 ? [...parts, "... " + (total - 100) + " more items"] : parts);
    if (Array.isArray(value)) return wrap("[", cut(value.slice(0, 100).map(inner), value.length), "]");
    if (ArrayBuffer.isView(value) && !(value instanceof DataView))
      return wrap(value.constructor.name + "(" + value.length + ") [", cut([...value.slice(0, 100)].map(inner), value.length), "]");
    if (value instanceof Map) return wrap("Map(" + value.size + ") {", [...value].map(([k, v]) => inner(k) + " => " + inner(v)), "}");
    if (value instanceof Set) return wrap("Set(" + value.size + ") {", [...value].map(inner), "}");
    const name = Object.getPrototypeOf(value)?.constructor?.name;
    const parts = Object.keys(value).map((key) => (isKey.test(key) ? key : quote(key)) + ": " + inner(value[key]));
    return wrap((name && name !== "Object" ? name + " " : "") + "{", parts, "}");
  }
  const format = (values) => {
    const rest = [...values];
    let text = "";
    if (typeof rest[0] === "string" && rest.length > 1)
      text = rest.shift().replace(/%[sdifjoO%]/g, (mark) => {
        if (mark === "%%") return "%";
        if (rest.length === 0) return mark;
        const value = rest.shift();
        if (mark === "%d" || mark === "%f") return String(Number(value));
        if (mark === "%i") return String(Math.trunc(Number(value)));
        if (mark === "%j") return JSON.stringify(value);
        return mark === "%s" ? inspect(value, 0, []) : inspect(value, 1, []);
      }) + (rest.length > 0 ? " " : "");
    return text + rest.map((value) => inspect(value, 0, [])).join(" ") + "\n";
  };
  const out = (...values) => write(1, format(values));
  const err = (...values) => write(2, format(values));
  define("print", out);
  define("console", {
    log: out, info: out, debug: out, dir: (value) => out(value), table: out, group: out, groupEnd() {},
    warn: err, error: err, trace: err,
    assert: (ok, ...values) => { if (!ok) err("Assertion failed" + (values.length ? ":" : ""), ...values); },
    time() {}, timeEnd() {}, count() {},
  });

  let position = 0;
  define("stdin", () => stdin);
  define("readline", () => {
    if (position >= stdin.length) return null;
    const end = stdin.indexOf("\n", position);
    const line = stdin.slice(position, end < 0 ? undefined : end);
    position = end < 0 ? stdin.length : end + 1;
    return line;
  });
  define("readFile", (name) => {
    if (!Object.hasOwn(files, name)) throw new Error("No such file: " + name);
    return files[name];
  });

  // Timers fire in the order of their times once nothing else is left to do; no time passes.
  let now = 0, serial = 0;
  const timers = new Map();
  const set = (callback, delay, every, args) => {
    const wait = Math.max(Number(delay) || 0, 1);
    timers.set(++serial, { at: now + wait, callback, every: every ? wait : 0, args });
    return serial;
  };
  define("setTimeout", (callback, delay, ...args) => set(callback, delay, false, args));
  define("setInterval", (callback, delay, ...args) => set(callback, delay, true, args));
  define("setImmediate", (callback, ...args) => set(callback, 0, false, args));
  for (const name of ["clearTimeout", "clearInterval", "clearImmediate"]) define(name, (id) => void timers.delete(id));
  define("queueMicrotask", (callback) => void Promise.resolve().then(callback));
  define("structuredClone", (value) => JSON.parse(JSON.stringify(value)));

  const same = (a, b, strict) => {
    if (strict ? Object.is(a, b) : a == b || (a !== a && b !== b)) return true;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
    if (a instanceof RegExp && b instanceof RegExp) return String(a) === String(b);
    if (a instanceof Map && b instanceof Map)
      return a.size === b.size && [...a].every(([key, value]) => b.has(key) && same(value, b.get(key), strict));
    if (a instanceof Set && b instanceof Set)
      return a.size === b.size && [...a].every((value) => b.has(value) || [...b].some((other) => same(value, other, strict)));
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key], strict));
  };
  class AssertionError extends Error {
    constructor(message) { super(message); this.name = "AssertionError"; this.code = "ERR_ASSERTION"; }
  }
  const check = (ok, message, fallback) => {
    if (ok) return;
    throw message instanceof Error ? message : new AssertionError(message ?? fallback());
  };
  const compare = (test, sign) => (a, b, message) =>
    check(test(a, b), message, () => inspect(a, 1, []) + " " + sign + " " + inspect(b, 1, []));
  const thrown = (run) => { try { run(); } catch (error) { return { error }; } return null; };
  const assert = Object.assign((ok, message) => check(ok, message, () => "The expression evaluated to a falsy value"), {
    AssertionError,
    ok: (value, message) => check(value, message, () => "The expression evaluated to a falsy value"),
    equal: compare((a, b) => a == b || (a !== a && b !== b), "=="),
    notEqual: compare((a, b) => a != b, "!="),
    strictEqual: compare(Object.is, "==="),
    notStrictEqual: compare((a, b) => !Object.is(a, b), "!=="),
    deepEqual: compare((a, b) => same(a, b, false), "deep =="),
    notDeepEqual: compare((a, b) => !same(a, b, false), "deep !="),
    deepStrictEqual: compare((a, b) => same(a, b, true), "deep ==="),
    notDeepStrictEqual: compare((a, b) => !same(a, b, true), "deep !=="),
    throws: (run, expected, message) => {
      const caught = thrown(run);
      check(caught !== null, message, () => "Missing expected exception");
      if (expected instanceof RegExp) check(expected.test(String(caught.error)), message, () => "Wrong exception");
      else if (typeof expected === "function" && expected.prototype instanceof Error)
        check(caught.error instanceof expected, message, () => "Wrong exception");
    },
    doesNotThrow: (run, message) => check(thrown(run) === null, message, () => "Got unwanted exception"),
    fail: (message) => check(false, message, () => "Failed"),
  });
  assert.strict = assert;
  define("require", (name) => {
    if (["assert", "node:assert", "assert/strict", "node:assert/strict"].includes(name)) return assert;
    throw new Error("There is no module " + name + " in the sandbox");
  });

  const { stringify } = JSON;
  const { call } = Function.prototype;
  return {
    // Runs the next timer; false when there is none.
    tick: () => {
      let next = null;
      for (const [id, timer] of timers) if (next === null || timer.at < next.timer.at) next = { id, timer };
      if (next === null) return false;
      now = next.timer.at;
      if (next.timer.every > 0) next.timer.at += next.timer.every;
      else timers.delete(next.id);
      if (typeof next.timer.callback === "function") next.timer.callback(...next.timer.args);
      return true;
    },
    toJson: (value) => stringify(value),
    describe: (error) => {
      if (!(error instanceof Error)) return "Uncaught " + inspect(error, 1, []) + "\n";
      return "Uncaught " + error.name + ": " + error.message + "\n" + String(error.stack ?? "");
    },
  };
})
`;
