"""Running handlers of Lambda runtimes, and the runtimes' search paths for libraries."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path

from .. import settings
from .environment import Launch
from .forks import ForkServer
from .process import spawn

HERE = Path(__file__).parent
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "LD_LIBRARY_PATH")
FIXED = {"TZ": "UTC", "PYTHONUNBUFFERED": "1"}


class UnsupportedRuntimeError(Exception):
    """The function's runtime cannot be run as a process here."""


def launcher(runtime: str, handler: str, code: str, layers: Sequence[str]) -> Launch:
    """A function that starts a process of the handler. Raises `UnsupportedRuntimeError`."""
    parent = str(os.getpid())
    if runtime.startswith("python"):
        python, modules = settings.function_python(), settings.function_imports()
        if modules and _forks():
            return partial(_fork_server(python, modules, tuple(layers)).fork, handler, code)
        return partial(spawn, [python, str(HERE / "bootstrap.py"), parent, handler], code)
    if runtime.startswith("nodejs") and (node := shutil.which("node")):
        return partial(spawn, [node, str(HERE / "node_runtime.mjs"), parent, handler], code)
    raise UnsupportedRuntimeError(f"no way to run {runtime or 'a container image'} as a process")


def inherited() -> Mapping[str, str]:
    """Variables of LocalStack's own environment that a function inherits unless it sets them itself."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def _forks() -> bool:
    # On other systems a process that has used system frameworks may not fork, and pidfds for children are missing.
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


@cache
def _fork_server(python: str, modules: Sequence[str], layers: Sequence[str]) -> ForkServer:
    return ForkServer(python, modules, {**inherited(), **FIXED, "PYTHONPATH": _python_path(layers)})


def _python_path(layers: Sequence[str]) -> str:
    return os.pathsep.join(f"{layer}/python" for layer in layers)


def library_paths(code: str, layers: Sequence[str]) -> dict[str, str]:
    """Lambda's search paths, with its fixed folders replaced by those of the local code and layers."""
    return {
        "PYTHONPATH": os.pathsep.join(filter(None, [code, _python_path(layers)])),
        "NODE_PATH": os.pathsep.join([f"{code}/node_modules", *(f"{layer}/nodejs/node_modules" for layer in layers)]),
    }
