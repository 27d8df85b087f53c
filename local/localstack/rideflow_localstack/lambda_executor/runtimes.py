"""Which command runs a handler of a Lambda runtime, and where that runtime looks for libraries."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from .. import settings

HERE = Path(__file__).parent


class UnsupportedRuntimeError(Exception):
    """The function's runtime cannot be run as a process here."""


def command_for(runtime: str, handler: str) -> Sequence[str]:
    """The command line of a runtime process; raises `UnsupportedRuntimeError`."""
    parent = str(os.getpid())
    if runtime.startswith("python"):
        return [settings.function_python(), str(HERE / "bootstrap.py"), parent, handler]
    if runtime.startswith("nodejs") and (node := shutil.which("node")):
        return [node, str(HERE / "node_runtime.mjs"), parent, handler]
    raise UnsupportedRuntimeError(f"no way to run {runtime or 'a container image'} as a process")


def library_paths(code: str, layers: Sequence[str]) -> dict[str, str]:
    """Lambda's search paths with its fixed folders replaced by where code and layers lie here."""
    return {
        "PYTHONPATH": os.pathsep.join([code, *(f"{layer}/python" for layer in layers)]),
        "NODE_PATH": os.pathsep.join([f"{code}/node_modules", *(f"{layer}/nodejs/node_modules" for layer in layers)]),
    }
