"""How long each handler takes to import from the deployed layers: the part of a cold start that is ours."""

from __future__ import annotations

import os
import statistics
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.layers import Archive, dependencies_layer, functions_code, host, rideflow_layer
from local.paths import LAMBDA_PYTHON, STATE

_RUNS = 5
_UNPACKED = STATE / "bench"
_MEASURE = """
import sys, time
began = time.perf_counter()
__import__(sys.argv[1])
print((time.perf_counter() - began) * 1000)
"""


@dataclass(frozen=True)
class ImportTime:
    """Milliseconds to import one handler's module: the median of several fresh processes."""

    name: str
    ms: float


def import_times() -> Iterator[ImportTime]:
    """Of every handler, in the order of their names."""
    code = _unpacked(functions_code())
    layers = [_unpacked(archive) / "python" for archive in (rideflow_layer(), dependencies_layer(host()))]
    search_path = os.pathsep.join(str(folder) for folder in (code, *layers))
    for path in sorted(code.glob("*/*.py")):
        name = f"{path.parent.name}.{path.stem}"
        runs = [_import_once(name, search_path) for _ in range(_RUNS)]
        yield ImportTime(name, round(statistics.median(runs), 1))


def _import_once(module: str, search_path: str) -> float:
    environment = {"PYTHONPATH": search_path, "PATH": os.environ["PATH"], "AWS_LAMBDA_FUNCTION_NAME": module}
    command = [str(LAMBDA_PYTHON), "-c", _MEASURE, module]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _unpacked(archive: Archive) -> Path:
    folder = _UNPACKED / f"{archive.name}-{archive.digest}"
    if not folder.exists():
        with zipfile.ZipFile(archive.path) as content:
            content.extractall(folder)
    return folder
