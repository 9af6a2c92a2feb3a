import type { Escape, Prey } from "./fake-javascript-escapes.ts";

/** Gets the module behind the bridge to JavaScript back, which plain `import` no longer finds. */
const bridge = `import importlib.machinery as m, _imp
core = _imp.create_builtin(m.BuiltinImporter.find_spec("_pyodide_core"))
proxy = core.to_js([1])
`;

/** Every proxy of a JavaScript object that Python still holds, with what can be reached from it. */
const proxies = `${bridge}
import gc
Proxy = type(core.to_js([1])).__mro__[-2]
def reach(start, depth=4):
    seen, todo = set(), [(start, 0)]
    while todo:
        each, level = todo.pop()
        yield each
        if level == depth:
            continue
        for name in dir(each):
            if name.startswith("__") or name in seen:
                continue
            seen.add(name)
            try:
                todo.append((getattr(each, name), level + 1))
            except BaseException:
                pass
`;

export const pythonEscapes = ({ file, folder, port, pid }: Prey): readonly Escape[] => [
  { name: "open of a file", code: `print("ESCAPED", open("${file}").read())`, reason: "error" },
  { name: "open of /etc/shadow", code: `print("ESCAPED", open("/etc/shadow").read())`, reason: "error" },
  {
    name: "open of /proc/self/environ",
    code: `print("ESCAPED", open("/proc/self/environ").read())`,
    reason: "error",
  },
  {
    name: "environment",
    code: `import os\nprint(dict(os.environ))\nif "LLAMERO_SANDBOX_SECRET" in os.environ: print("ESCAPED")`,
  },
  {
    name: "listing of the root",
    code: `import os\nif os.path.exists("${folder}") or "root" in os.listdir("/"): print("ESCAPED")`,
  },
  {
    name: "symlink to a file",
    code: `import os\nos.symlink("${file}", "x")\nprint("ESCAPED", open("x").read())`,
    reason: "error",
  },
  { name: "writing a file", code: `open("${folder}/escaped", "w").write("x")`, reason: "error" },
  {
    name: "file names with parents",
    code: `print("ESCAPED", open("../../../../../..${file}").read())`,
    reason: "error",
  },
  { name: "os.system", code: `import os\nif os.system("touch ${folder}/escaped") == 0: print("ESCAPED")` },
  {
    name: "posix.system",
    code: `import posix\nif posix.system("touch ${folder}/escaped") == 0: print("ESCAPED")`,
  },
  {
    name: "posix made anew",
    code: `import _imp, importlib.machinery as m, importlib.util, sys\nsys.modules.pop("posix")\nposix = _imp.create_builtin(m.BuiltinImporter.find_spec("posix"))\n_imp.exec_builtin(posix)\nif posix.system("touch ${folder}/escaped") == 0: print("ESCAPED")`,
  },
  { name: "os.popen", code: `import os\nprint("ESCAPED", os.popen("id").read())`, reason: "error" },
  {
    name: "subprocess",
    code: `import subprocess\nprint("ESCAPED", subprocess.check_output(["id"]))`,
    reason: "error",
  },
  { name: "fork", code: `import os\nos.fork(); print("ESCAPED")`, reason: "error" },
  { name: "fork bomb", code: `import os\nwhile True: os.fork()`, reason: "error" },
  {
    name: "threads without end",
    code: `import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,)).start()`,
    reason: "error",
  },
  {
    name: "multiprocessing",
    code: `import multiprocessing\nmultiprocessing.Process(target=print).start(); print("ESCAPED")`,
    reason: "error",
  },
  {
    name: "exec of another program",
    code: `import os\nos.execv("/bin/sh", ["sh", "-c", "touch ${folder}/escaped"])`,
    reason: "error",
  },
  { name: "kill of the parent", code: `import os\nos.kill(${pid}, 9)`, reason: "error" },
  { name: "kill by the signal module", code: `import signal\nsignal.raise_signal(9); print("ended")` },
  {
    name: "socket",
    code: `import socket\nsocket.create_connection(("127.0.0.1", ${port}), 1).send(b"GET / HTTP/1.0\\r\\n\\r\\n"); print("ESCAPED")`,
  },
  {
    name: "urllib",
    code: `import urllib.request\nprint("ESCAPED", urllib.request.urlopen("http://127.0.0.1:${port}/").read())`,
  },
  {
    name: "http.client",
    code: `import http.client\nc = http.client.HTTPConnection("127.0.0.1", ${port}, timeout=1)\nc.request("GET", "/")\nprint("ESCAPED", c.getresponse().status)`,
  },
  {
    name: "name service",
    code: `import socket\na = socket.gethostbyname("example.com")\nif not a.startswith("172.29."): print("ESCAPED", a)`,
  },
  {
    name: "listening socket",
    code: `import socket\ns = socket.socket()\ns.bind(("127.0.0.1", 0)); s.listen(); print("ESCAPED")`,
    reason: "error",
  },
  { name: "import js", code: `import js\nprint("ESCAPED", js.process)`, reason: "error" },
  { name: "import pyodide_js", code: `import pyodide_js\nprint("ESCAPED")`, reason: "error" },
  {
    name: "pyodide.code.run_js",
    code: `from pyodide.code import run_js\nprint("ESCAPED", run_js("1"))`,
    reason: "error",
  },
  {
    name: "js made findable again",
    code: `import sys\nfor n in ("js", "pyodide_js"): sys.modules.pop(n, None)\nimport js\nprint("ESCAPED", js.process.env)`,
  },
  {
    name: "run_js after the module came back",
    code: `import sys\nfor n in [n for n, v in sys.modules.items() if v is None]: del sys.modules[n]\nfrom pyodide.code import run_js\nprint("ESCAPED", run_js("process.version"))`,
  },
  {
    name: "Function constructor of a proxy",
    code: `${bridge}f = proxy.constructor.constructor("return process")\nprint("ESCAPED", f())`,
    reason: "error",
  },
  {
    name: "AsyncFunction constructor",
    code: `${bridge}then = proxy.constructor.constructor.prototype\nprint("ESCAPED", then.constructor("return 1")())`,
    reason: "error",
  },
  {
    name: "host functions within reach of a proxy",
    code: `${proxies}
for each in reach(proxy):
    for name in ("process", "require", "fetch", "binding", "mainModule", "readFileSync", "spawnSync"):
        try:
            found = getattr(each, name, None)
        except BaseException:
            continue
        if found is not None: print("ESCAPED", name, each)`,
  },
  {
    name: "host functions within reach of all objects",
    code: `${proxies}
for start in [o for o in gc.get_objects() if "Js" in type(o).__name__ and not isinstance(o, type)]:
    for each in reach(start, 3):
        for name in ("mainModule", "readFileSync", "spawnSync"):
            try:
                found = getattr(each, name, None)
            except BaseException:
                continue
            if found is not None: print("ESCAPED", name, each)`,
  },
  {
    name: "Error.prepareStackTrace",
    code: `${bridge}
def trace(error, frames):
    for frame in frames:
        this = frame.getThis()
        if this is not None and getattr(this, "process", None): print("ESCAPED", this.process)
    return "x"
try:
    proxy.constructor.constructor.prototype.call()
except BaseException as error:
    error.constructor.prepareStackTrace = core.create_proxy(trace)
    error.constructor("x").stack`,
  },
  {
    name: "pollution of host prototypes",
    code: `${bridge}
p = proxy.constructor.prototype
p.push = core.create_proxy(lambda *a: 1)
p.constructor.constructor.prototype.call = core.create_proxy(lambda *a: print("called"))
raise ValueError("kept")`,
  },
  { name: "ctypes", code: `import ctypes\nprint("ESCAPED", ctypes.CDLL(None))`, reason: "error" },
  {
    name: "ctypes made findable again",
    code: `import sys\nfor n in [n for n, v in sys.modules.items() if v is None]: del sys.modules[n]\nimport ctypes\nctypes.CDLL(None).system(b"touch ${folder}/escaped")\nctypes.string_at(0xFFFFFF00, 4096)`,
  },
  { name: "micropip", code: `import micropip\nprint("ESCAPED")`, reason: "error" },
  {
    name: "mount of the host's files",
    code: `import sys\nfor n in [n for n, v in sys.modules.items() if v is None]: del sys.modules[n]\nimport pyodide_js\npyodide_js.mountNodeFS("/mnt", "${folder}")\nopen("/mnt/escaped", "w").write("x")\nprint("ESCAPED")`,
  },
  {
    name: "forged result",
    code: `import os, sys\nline = '\\n{"kind":"result","id":"x","reason":"done","isSpent":true}\\n'\nprint(line)\nos.write(1, line.encode())\nsys.__stdout__.write(line)\nraise ValueError("kept")`,
    reason: "error",
  },
  {
    name: "forged result on other descriptors",
    code: `import os\nfor fd in range(0, 20):\n    try: os.write(fd, b'{"kind":"result","id":"x","reason":"done"}\\n')\n    except OSError: pass\nraise ValueError("kept")`,
    reason: "error",
  },
  { name: "exit before the end", code: `import sys\nsys.exit(0)`, reason: "error" },
  { name: "exit of the process", code: `import os\nos._exit(0)`, reason: "error" },
  { name: "abort", code: `import os\nos.abort()`, reason: "error" },
  { name: "endless loop", code: `while True: pass`, reason: "time" },
  {
    name: "endless loop that catches all",
    code: `while True:\n    try:\n        while True: pass\n    except BaseException: pass`,
    reason: "time",
  },
  {
    name: "regular expression without end",
    code: `import re\nre.match("(a+)+$", "a" * 60 + "b")`,
    reason: "time",
  },
  {
    name: "loop in a finaliser",
    code: `class A:\n    def __del__(self):\n        while True: pass\na = A()\ndel a`,
    reason: "time",
  },
  {
    name: "loop at exit",
    code: `import atexit\ndef f():\n    while True: pass\natexit.register(f)`,
    reason: "done",
  },
  { name: "sleep", code: `import time\ntime.sleep(100)`, reason: "time" },
  { name: "huge power", code: `x = 9 ** 9 ** 9`, reason: "time" },
  { name: "allocation bomb", code: `a = []\nwhile True: a.append(bytearray(10 ** 7))`, reason: "memory" },
  { name: "one huge allocation", code: `x = bytearray(2 ** 31 - 1)`, reason: "memory" },
  { name: "files that fill memory", code: `f = open("x", "wb")\nwhile True: f.write(b"x" * 10 ** 7)` },
  { name: "deep recursion", code: `def f(): return f()\nf()`, reason: "error" },
  {
    name: "deep recursion without a limit",
    code: `import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(): return f()\nf()`,
  },
  { name: "deep nesting in the source", code: `eval("(" * 100000)` },
  { name: "flood of output", code: `while True: print("x" * 1000)`, reason: "output" },
  { name: "flood of errors", code: `import sys\nwhile True: sys.stderr.write("x" * 1000)`, reason: "output" },
  { name: "one huge line", code: `print("x" * 10 ** 6)`, reason: "output" },
  { name: "value beyond the limit", code: `"x" * 10 ** 6`, reason: "done" },
  {
    name: "broken builtins",
    code: `import builtins, json, sys\nbuiltins.print = builtins.len = builtins.isinstance = None\njson.dumps = None\nsys.stdout = None\nbuiltins.kept = "ESCAPED"`,
  },
  {
    name: "what broke builtins left behind",
    code: `import builtins, json\nif hasattr(builtins, "kept") or json.dumps is None: print("ESCAPED")`,
    reason: "done",
  },
  {
    name: "tasks left behind",
    code: `import asyncio\nasync def f():\n    await asyncio.sleep(0.1)\n    print("ESCAPED")\nasync def main(): asyncio.create_task(f())\nasyncio.run(main())`,
    reason: "done",
  },
];
