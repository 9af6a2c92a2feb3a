/** Imported before the memory of a fresh interpreter is kept, so that no run has to load them. */
export const pythonWarmUp = `
import asyncio, bisect, builtins, collections, copy, dataclasses, datetime, decimal, enum, fractions, functools, heapq
import hashlib, io, itertools, json, linecache, math, operator, os, random, re, statistics, string, sys, tempfile
import time, traceback, types, typing, unittest, unittest.mock
`;

/**
 * Prepares a fresh interpreter and gives back what runs the code: a function of the code and the file names that returns
 * JSON. The bridge to JavaScript is taken away here; what is behind it is locked as well, for code that finds it again.
 */
export const pythonRunner = `
def _prepare():
    import asyncio, builtins, json, linecache, os, random, sys, time, traceback, types

    def denied(*args, **kwargs):
        raise PermissionError("not allowed in the sandbox")

    for name in ("system", "popen", "kill", "killpg", "fork", "forkpty", "posix_spawn", "posix_spawnp",
                 "execv", "execve", "execvp", "execvpe", "execl", "execle", "execlp", "spawnv", "spawnve", "putenv"):
        if hasattr(os, name):
            setattr(os, name, denied)
    import posix
    for name in ("system", "kill", "killpg", "fork", "forkpty", "posix_spawn", "posix_spawnp", "execv", "execve"):
        if hasattr(posix, name):
            setattr(posix, name, denied)

    class BlockingSelector:
        def select(self, timeout):
            if timeout is None:
                raise RuntimeError("the event loop waits for something that cannot come")
            if timeout > 0:
                time.sleep(timeout)
            return []

        def close(self):
            pass

    class BlockingLoop(asyncio.base_events.BaseEventLoop):
        def __init__(self):
            super().__init__()
            self._selector = BlockingSelector()

        def _process_events(self, events):
            pass

        def _write_to_self(self):
            pass

    def new_event_loop():
        return BlockingLoop()

    asyncio.events._set_running_loop(None)
    for module in (asyncio, asyncio.events, asyncio.runners):
        if hasattr(module, "new_event_loop"):
            module.new_event_loop = new_event_loop
    asyncio.run = asyncio.runners.run = plain_run(asyncio)
    asyncio.events.set_event_loop(None)

    bridge = ("js", "pyodide_js", "pyodide", "_pyodide", "_pyodide_core", "webbrowser", "ctypes", "_ctypes")
    for name in list(sys.modules):
        if name.split(".")[0] in bridge:
            sys.modules[name] = None
    for name in bridge:
        sys.modules[name] = None
    sys.meta_path[:] = [each for each in sys.meta_path if not type(each).__module__.startswith(("_pyodide", "pyodide"))]
    random.seed(time.time_ns() ^ id(object()))

    dumps = json.dumps
    format_exception = traceback.format_exception

    def run(code, value_bytes):
        main = types.ModuleType("__main__")
        main.__dict__["__builtins__"] = builtins
        sys.modules["__main__"] = main
        name = "main.py"
        main.__dict__["__file__"] = name
        linecache.cache[name] = (len(code), None, code.splitlines(True), name)
        sys.argv[:] = [name]
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True)
        answer = {"reason": "done"}
        try:
            import ast
            tree = ast.parse(code, name)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, name, "exec"), main.__dict__)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), name, "eval"), main.__dict__)
                try:
                    text = dumps(value, allow_nan=False)
                    if value is not None and len(text) <= value_bytes:
                        answer["value"] = text
                except Exception:
                    pass
        except BaseException as error:
            answer["reason"] = "memory" if isinstance(error, MemoryError) else "error"
            if isinstance(error, SystemExit):
                code = error.code
                answer["exitCode"] = code if isinstance(code, int) else 0 if code is None else 1
            try:
                trace = error.__traceback__ and error.__traceback__.tb_next
                text = "".join(format_exception(type(error), error, trace, limit=-20))
                sys.stderr.write(text[-4000:])
            except BaseException:
                pass
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException:
            pass
        return dumps(answer)

    return run


def plain_run(asyncio):
    def run(main, *, debug=None, loop_factory=None):
        with asyncio.Runner(debug=debug, loop_factory=loop_factory) as runner:
            return runner.run(main)
    return run

_prepare()
`;
