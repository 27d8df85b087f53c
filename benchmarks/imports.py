"""Import times of the handlers from the deployed layers: our part of a cold start.

They are compared with a floor: the libraries that every REST operation with a database needs. Machines differ by half,
and a busy one by more, so both are imported in turn, and the ratio is the figure to compare.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.layers import Archive, dependencies_layer, functions_code, host, rideflow_layer
from local.paths import LAMBDA_PYTHON, STATE

_ROUNDS = 3
_UNPACKED = STATE / "bench"
_FLOOR = (
    "aws_lambda_powertools.logging",
    "aws_lambda_powertools.metrics",
    "aws_lambda_powertools.event_handler",
    "pydantic",
    "psycopg",
)
_MEASURE = """
import importlib, sys, time
began = time.perf_counter()
for module in sys.argv[1:]:
    importlib.import_module(module)
print((time.perf_counter() - began) * 1000)
"""


@dataclass(frozen=True)
class ImportTime:
    """Milliseconds to import one handler's module, and the libraries: medians over alternating fresh processes."""

    name: str
    ms: float
    floor_ms: float
    ratio: float


def import_times() -> Iterator[ImportTime]:
    """The import times of all handlers, in the order of their names."""
    code = _unpacked(functions_code())
    layers = [_unpacked(archive) / "python" for archive in (rideflow_layer(), dependencies_layer(host()))]
    search_path = os.pathsep.join(str(folder) for folder in (code, *layers))
    for path in sorted(code.glob("*/*.py")):
        name = f"{path.parent.name}.{path.stem}"
        rounds = [(_import_once([name], search_path), _import_once(_FLOOR, search_path)) for _ in range(_ROUNDS)]
        ms, floor_ms = (round(statistics.median(times), 1) for times in zip(*rounds, strict=True))
        yield ImportTime(name, ms, floor_ms, round(ms / floor_ms, 2))


def _import_once(modules: Sequence[str], search_path: str) -> float:
    environment = {"PYTHONPATH": search_path, "PATH": os.environ["PATH"], "AWS_LAMBDA_FUNCTION_NAME": modules[0]}
    command = [str(LAMBDA_PYTHON), "-c", _MEASURE, *modules]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _unpacked(archive: Archive) -> Path:
    folder = _UNPACKED / f"{archive.name}-{archive.digest}"
    if not folder.exists():
        with zipfile.ZipFile(archive.path) as content:
            content.extractall(folder)
    return folder
