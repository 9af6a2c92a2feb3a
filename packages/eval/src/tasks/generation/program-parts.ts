/**
 * What EvalPlus's tests use of numpy, where the sandbox has none: `allclose`, and types that no value has. Lists are
 * compared element by element.
 */
export const numpyStandIn = `try:
    import numpy
except ImportError:
    import sys, types
    numpy = types.ModuleType("numpy")
    numpy.ndarray = type("ndarray", (), {})
    numpy.float64 = numpy.float32 = type("float64", (), {})
    numpy.inf = float("inf")
    numpy.nan = float("nan")
    def _isclose(a, b, rtol, atol):
        return a == b or abs(a - b) <= atol + rtol * abs(b)
    def _allclose(a, b, rtol=1e-05, atol=1e-08):
        if isinstance(a, (list, tuple)) or isinstance(b, (list, tuple)):
            return len(a) == len(b) and all(_allclose(x, y, rtol, atol) for x, y in zip(a, b))
        return _isclose(a, b, rtol, atol)
    numpy.allclose = _allclose
    sys.modules["numpy"] = numpy
`;

/** Runs the TestCases of a BigCodeBench test and fails if one of them does. */
export const runUnittest = `import unittest as _unittest
_result = _unittest.TextTestRunner(verbosity=0).run(_unittest.defaultTestLoader.loadTestsFromTestCase(TestCases))
assert _result.testsRun > 0 and _result.wasSuccessful(), "A unit test failed"
`;

/** What MultiPL-E's tests ask of Node, for an engine that has no modules. */
export const assertModule = `if (typeof require === "undefined") {
  const same = (a, b) => {
    if (Object.is(a, b) || a == b && typeof a !== "object") return true;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    const [x, y] = [Object.keys(a), Object.keys(b)];
    return x.length === y.length && x.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
  };
  const fail = (a, b) => { throw new Error("Assertion failed: " + JSON.stringify(a) + " is not " + JSON.stringify(b)); };
  const assert = (value) => { if (!value) fail(value, true); };
  assert.equal = (a, b) => { if (a != b) fail(a, b); };
  assert.strictEqual = (a, b) => { if (!Object.is(a, b)) fail(a, b); };
  assert.deepEqual = assert.deepStrictEqual = (a, b) => { if (!same(a, b)) fail(a, b); };
  globalThis.require = () => assert;
}
`;

/** Calls a function (of `Solution`, where there is such a class) with JSON arguments and holds the result against JSON. */
export function callHarness(
  name: string,
  calls: readonly { args: readonly unknown[]; result: unknown }[],
): string {
  const encoded = JSON.stringify(JSON.stringify(calls));
  return `import json as _json
_function = getattr(Solution(), ${JSON.stringify(name)}) if "Solution" in globals() else ${name}
def _plain(value):
    return [_plain(part) for part in value] if isinstance(value, (list, tuple)) else value
for _call in _json.loads(${encoded}):
    _got = _plain(_function(*_call["args"]))
    assert _got == _call["result"], f"{_got!r} is not {_call['result']!r}"
`;
}
